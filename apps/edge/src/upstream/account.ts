import { Breaker } from './breaker.ts';
import { Caps } from './caps.ts';
import { Pause } from './pause.ts';

/** What all calls to one account at Twilio share, whatever they ask for: how many there may be, and when there may be none. */
export interface Account {
  readonly caps: Caps;
  readonly pause: Pause;
  readonly breaker: Breaker;
}

/**
 * Opens the account that calls are counted in.
 *
 * @param staleOnUpstreamAuth whether something stale may be served while it refuses the credentials.
 */
export function openAccount(staleOnUpstreamAuth: boolean): Account {
  return { caps: new Caps(), pause: new Pause(staleOnUpstreamAuth), breaker: new Breaker() };
}
