import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { JWT_ACCESS } from './tokens.ts';

/** An edge whose issuer answers as a test wants. */
export function world(answer: () => Response | Promise<Response>): {
  readonly edge: TestEdge;
  readonly clock: FakeClock;
  /** What was asked of the issuer. */
  readonly calls: { readonly url: string; readonly init: RequestInit }[];
  /** Changes what the issuer answers. */
  readonly change: (next: () => Response | Promise<Response>) => void;
} {
  const clock = createFakeClock();
  const calls: { readonly url: string; readonly init: RequestInit }[] = [];
  let current = answer;
  const fetch = async (url: string, init: RequestInit) => {
    calls.push({ url, init });
    return current();
  };
  const { now, sleep } = clock;
  const edge = createTestEdge(undefined, JWT_ACCESS, { now, sleep, fetch });
  return { edge, clock, calls, change: (next) => (current = next) };
}

/** Publishes keys. */
export const keySet =
  (...keys: readonly unknown[]) =>
  (): Response =>
    Response.json({ keys });

/** Cannot be reached. */
export const down = (): Promise<Response> => Promise.reject(new TypeError('canary'));
