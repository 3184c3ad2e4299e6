import type { Sleep } from '@room-recordings/http-cache';
import type { CallLimiter, QueuedCall, CallRejection } from '../twilio/resilience/call-limiter.ts';
import { CALL_QUEUE_TIMEOUT_MS } from '../twilio/resilience/policy.ts';

/** What waiting for a turn needs of the outside. */
export interface CallQueueServices {
  /** Milliseconds. */
  readonly now: () => number;
  readonly delay: Sleep;
}

/** A call that is to be made when it is its turn. */
interface Attempt<T> {
  readonly caller: string;
  readonly signal: AbortSignal;
  /** What else is against the call; looked at anew at each turn. */
  readonly check: () => T | undefined;
  /** Begins the call. Nothing else runs between the last look and this. */
  readonly begin: () => T;
}

/** Begins a call if the limiter allows it, after a wait of a second at most if its caller is below its share. */
export async function acquireInTurn<T>(
  limiter: CallLimiter,
  { now, delay }: CallQueueServices,
  { caller, signal, check, begin }: Attempt<T>,
): Promise<T | CallRejection> {
  let waited = 0;
  let place: QueuedCall | undefined;
  try {
    for (;;) {
      const at = now();
      const against = check();
      if (against !== undefined) return against;
      const turn = limiter.check(caller, at, place);
      if (turn === undefined) return begin();
      if (turn.kind === 'refused') return turn;
      if (place?.for !== turn.for) {
        if (place !== undefined) limiter.dequeue(place);
        place = limiter.enqueue(caller, at, turn.for);
      }
      const isOver = place === undefined || signal.aborted || waited >= CALL_QUEUE_TIMEOUT_MS;
      if (isOver) return { kind: 'refused', error: 'overloaded', ms: turn.ms };
      waited += turn.ms;
      await delay(turn.ms, signal);
    }
  } finally {
    if (place !== undefined) limiter.dequeue(place);
  }
}
