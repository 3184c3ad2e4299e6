import type { RecordingId } from './route.ts';

/** Who may read: with `public`, everyone who can reach the edge. */
export type Access = 'public';

/** Tells whether the sender of a request may read a recording; decided before anything is looked up. */
export type Gate = (request: Request, id: RecordingId) => boolean;

const GATES: Readonly<Record<Access, Gate>> = { public: () => true };

/** The gate of the configured access. */
export function gateOf(access: Access): Gate {
  return GATES[access];
}
