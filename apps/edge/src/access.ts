import type { ErrorCode } from './error-codes.ts';
import type { RecordingId } from './route.ts';

/** Who may read: with `public`, everyone who can reach the edge. */
export type Access = 'public';

/** Says why the sender of a request may not read a recording; decided before anything is looked up. */
export type Gate = (request: Request, id: RecordingId) => ErrorCode | undefined;

const GATES: Readonly<Record<Access, Gate>> = { public: () => undefined };

/** The gate of the configured access. */
export function gateOf(access: Access): Gate {
  return GATES[access];
}
