import type { Asked } from './asked.ts';
import type { ErrorCode } from './error-codes.ts';
import type { RecordingId } from './route.ts';

/** Who may read: with `public`, everyone who can reach the edge. */
export type Access = 'public';

/** Why the sender of a request may not read a recording; undefined where they may. */
export type Refused = ErrorCode | undefined;

/** Decides who may read, before anything is looked up; at once where it can. */
export type Gate = (asked: Asked, id: RecordingId) => Refused | Promise<Refused>;

const GATES: Readonly<Record<Access, Gate>> = { public: () => undefined };

/** The gate of the configured access. */
export function gateOf(access: Access): Gate {
  return GATES[access];
}
