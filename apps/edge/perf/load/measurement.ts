import process from 'node:process';

/** One figure of the design's "Load", as it was measured. */
export interface Figure {
  readonly name: string;
  readonly target: string;
  readonly measured: string;
  readonly isMet: boolean;
  /** The runtime and version that was measured. */
  readonly runtime: string;
  /** N, duration, open or closed loop, runs and spread. */
  readonly method: string;
}

/** The runtime of what is measured in this process. */
export const THIS_RUNTIME: string = `node ${process.versions.node}, in process`;

/** The runtime of what is measured in this process on a clock that it moves itself, so that hours take seconds. */
export const FAKE_CLOCK: string = `${THIS_RUNTIME}, fake clock`;
