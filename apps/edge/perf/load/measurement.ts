import process from 'node:process';

/** The result of one load scenario. */
export interface Measurement {
  readonly name: string;
  readonly target: string;
  readonly measured: string;
  readonly isMet: boolean;
  /** The measured runtime and its version. */
  readonly runtime: string;
  /** The number of requests, the duration, open or closed loop, the runs and their spread. */
  readonly method: string;
}

/** The runtime of a scenario in this process. */
export const THIS_RUNTIME: string = `node ${process.versions.node}, in process`;

/** The runtime of a scenario in this process on a fake clock, where hours take seconds. */
export const FAKE_CLOCK_RUNTIME: string = `${THIS_RUNTIME}, fake clock`;
