import { describe, expect, it } from 'vitest';
import { createEdge } from '../src/edge.ts';
import { toFetchHandler } from '../src/entries/fetch-server.ts';
import { readSettings } from '../src/settings.ts';
import type { Source } from '../src/source/source.ts';
import { JWT_ACCESS, jwt, makeKey } from './access/tokens.ts';
import { makeClock } from './clock.ts';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID } from './recording.ts';

const OTHER = `/v1/Rooms/${ROOM_SID}/Recordings/RT${'b'.repeat(32)}`;

/** An edge in which two requests may wait. */
function edgeOver(
  read: Source['read'],
  variables: Readonly<Record<string, string>> = {},
  fetch: () => Promise<Response> = () => Promise.reject(new TypeError('fetch failed')),
) {
  const clock = makeClock();
  const settings = readSettings({ ACCESS: 'public', RECORDINGS_SOURCE: 'archive', PUBLIC_URL, ...variables });
  const { app } = createEdge(
    settings,
    { read },
    {
      ...clock,
      fetch,
      mostWaiting: 2,
      log: { wants: () => false, write() {} },
    },
  );
  const answer = toFetchHandler(app);
  return {
    clock,
    ask: async (path: string, headers: Readonly<Record<string, string>> = {}) =>
      answer(new Request(PUBLIC_URL + path, { headers })),
  };
}

/** A source whose reads wait until they are released. */
function heldSource(): { readonly read: Source['read']; release(): void } {
  const held: (() => void)[] = [];
  return {
    read: async ({ sid }) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return { ...RECORDING, sid };
    },
    release: () => {
      for (const resolve of held.splice(0)) resolve();
    },
  };
}

describe('when as many requests wait as may', () => {
  it.each([
    { name: 'the same recording', path: PATH },
    { name: 'another one', path: OTHER },
  ])('a read of $name is refused at once, and those that wait are answered', async ({ path }) => {
    const source = heldSource();
    const { clock, ask } = edgeOver(source.read);
    const waiting = [ask(PATH), ask(PATH)];
    await clock.pass(0);
    const refused = ask(path);
    await clock.pass(0);
    const { status, headers } = await refused;
    expect(status).toBe(503);
    expect(headers.get('Retry-After')).toBe('1');
    expect(headers.get('Cache-Status')).toBe('room-recordings; detail=overloaded');
    source.release();
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(200);
    expect((await ask(PATH)).status).toBe(200);
  });

  it('a stored response is served, fresh or stale', async () => {
    let isHeld = false;
    const source = heldSource();
    const { clock, ask } = edgeOver(async (id) => (isHeld ? source.read(id) : RECORDING));
    await ask(PATH);
    isHeld = true;
    const waiting = [ask(OTHER), ask(OTHER)];
    await clock.pass(0);
    expect((await ask(PATH)).status).toBe(200);
    clock.skip(400_000);
    const stale = await ask(PATH);
    expect(stale.headers.get('Cache-Status')).toBe('room-recordings; hit; ttl=-100; detail=overloaded');
    source.release();
    await Promise.all(waiting);
  });

  it('a request whose access takes time to decide is refused', async () => {
    const key = await makeKey('RS256', 'rsa');
    const { clock, ask } = edgeOver(
      async () => RECORDING,
      JWT_ACCESS,
      () => new Promise(() => undefined),
    );
    const headers = { authorization: `Bearer ${await jwt(key)}` };
    const waiting = [ask(PATH, headers), ask(PATH, headers)];
    await clock.pass(0);
    const refused = await ask(PATH, headers);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: 'overloaded' });
    await clock.pass(5_000);
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(503);
  });
});
