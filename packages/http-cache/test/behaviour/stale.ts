import { NotForwardedError, OriginError } from '../../src/index.ts';
import { check, checkEach, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { pause, refuse, staleFor } from '../harness/stale-world.ts';
import { makeWorld, reply, statusOf, type Origin } from '../harness/world.ts';

const SIE = { 'cache-control': 'max-age=10, stale-if-error=20' };

const faults = checkEach(
  'R39 inside stale-if-error, %s is answered with what is stale',
  [
    ['a network fault', refuse, 'http-cache; fwd=stale; detail=stale-if-error'],
    ['a 500', () => reply({}, 'no', 500), 'http-cache; fwd=stale; fwd-status=500; detail=stale-if-error'],
    ['a 502', () => reply({}, 'no', 502), 'http-cache; fwd=stale; fwd-status=502; detail=stale-if-error'],
    ['a 503', () => reply({}, 'no', 503), 'http-cache; fwd=stale; fwd-status=503; detail=stale-if-error'],
    ['a 504', () => reply({}, null, 504), 'http-cache; fwd=stale; fwd-status=504; detail=stale-if-error'],
    [
      'a 503 that could be stored',
      () => reply({ 'cache-control': 'max-age=99' }, 'no', 503),
      'http-cache; fwd=stale; fwd-status=503; detail=stale-if-error',
    ],
    [
      'a body that breaks off',
      () => reply(SIE, new ReadableStream({ pull: (body) => body.error(new Error('reset')) })),
      'http-cache; fwd=stale; detail=stale-if-error',
    ],
  ] as readonly (readonly [string, Origin, string])[],
  async (_, origin, status) => {
    const world = await staleFor(5, SIE, origin);
    const response = await world.get();
    equal([response.status, await response.text(), response.headers.get('age')], [200, 'old', '15']);
    equal(statusOf(response), status);
    world.answer(() => reply(SIE, 'new'));
    equal(await (await world.get()).text(), 'new', 'the origin is asked again');
  },
);

const noFaults = checkEach(
  'R40 %s is never answered with what is stale',
  [
    ['a 401', 401],
    ['a 403', 403],
    ['a 404', 404],
    ['a 410', 410],
    ['a 501', 501],
  ],
  async (_, status) => {
    const world = await staleFor(5, SIE, () => reply({}, 'no', status));
    equal((await world.get()).status, status);
  },
);

const evicting = checkEach(
  'R41 %s from the origin drops what is stored, at once and in the background',
  [
    ['a 401', 401],
    ['a 403', 403],
    ['a 404', 404],
    ['a 410', 410],
  ],
  async (_, status) => {
    const both = { 'cache-control': 'max-age=10, stale-while-revalidate=20, stale-if-error=90' };
    for (const seconds of [15, 25]) {
      const world = await staleFor(seconds, both, () => reply({}, 'no', status));
      await world.get();
      await world.settle();
      world.answer(refuse);
      equal(String(await rejection(world.get())), 'TypeError: refused');
    }
  },
);

const keeping = checkEach(
  '%s says nothing of what is stored, which is kept',
  [
    ['a 408', 408],
    ['a 429', 429],
    ['a 500 past the window', 500],
  ],
  async (_, status) => {
    const fields = { 'cache-control': 'max-age=10', etag: '"a"' };
    const world = await staleFor(5, fields, () => reply({}, 'no', status));
    equal((await world.get()).status, status);
    world.answer((request) => reply({ etag: '"a"' }, null, request.headers.has('if-none-match') ? 304 : 200));
    equal(await (await world.get()).text(), 'old');
  },
);

const forbidding = checkEach(
  'RFC 9111 §4.2.4 %s forbids what is stale, whatever allows it',
  [
    ['must-revalidate', 'max-age=10, must-revalidate'],
    ['proxy-revalidate', 'max-age=10, proxy-revalidate'],
    ['s-maxage', 's-maxage=10'],
    ['no-cache', 'max-age=10, no-cache'],
  ],
  async (_, directives) => {
    const fields = {
      etag: '"a"',
      'cache-control': `${directives}, stale-while-revalidate=99, stale-if-error=99`,
    };
    const world = makeWorld(() => reply(fields, 'old'), { staleIfError: 99 });
    await world.get();
    world.pass(11);
    world.answer(refuse);
    equal(String(await rejection(world.get())), 'TypeError: refused');
    equal(world.sent.length, 2, 'requests');
  },
);

export const stale: readonly Case[] = [
  ...faults,
  ...noFaults,
  ...evicting,
  ...keeping,
  ...forbidding,
  check('R39 past stale-if-error the fault goes on', async () => {
    const refused = await staleFor(20, SIE, refuse);
    equal(String(await rejection(refused.get())), 'TypeError: refused');
    const failing = await staleFor(20, SIE, () => reply({}, 'no', 503));
    equal((await failing.get()).status, 503);
  }),
  check('R39 staleIfError is the window of an answer that names none', async () => {
    const world = makeWorld(() => reply({ 'cache-control': 'max-age=10' }, 'old'), { staleIfError: 30 });
    await world.get();
    world.answer(refuse);
    world.pass(39);
    equal(await (await world.get()).text(), 'old');
    world.pass(1);
    equal(String(await rejection(world.get())), 'TypeError: refused');
  }),
  check('R39 an answer that names a window of 0 has none', async () => {
    const fields = { 'cache-control': 'max-age=10, stale-if-error=0', etag: '"a"' };
    const world = makeWorld(() => reply(fields, 'old'), { staleIfError: 30 });
    await world.get();
    world.answer(refuse);
    world.pass(11);
    equal(String(await rejection(world.get())), 'TypeError: refused');
  }),
  check('R40 a stored error is never served as stale, whatever allows it', async () => {
    for (const status of [404, 410, 500, 503, 599]) {
      const fields = { 'cache-control': 'max-age=10, stale-while-revalidate=90, stale-if-error=90' };
      const world = await staleFor(5, fields, refuse, status);
      equal(String(await rejection(world.get())), 'TypeError: refused');
    }
  }),
  check('NotForwardedError is answered with what is stale inside either window, and says why', async () => {
    for (const [fields, seconds] of [
      [SIE, 5],
      [{ 'cache-control': 'max-age=10, stale-if-error=12' }, 11.5],
    ] as const) {
      const world = await staleFor(seconds, fields, pause);
      const response = await world.get();
      equal(await response.text(), 'old');
      equal(statusOf(response), `http-cache; hit; ttl=${Math.floor(-seconds)}; detail=circuit-open`);
    }
  }),
  check(
    'NotForwardedError is rethrown if nothing is stored, or it is too old, or stale is forbidden',
    async () => {
      const none = makeWorld(pause);
      equal(
        String(await rejection(none.get())),
        'NotForwardedError: The request was not forwarded: circuit-open.',
      );
      const old = await staleFor(20, SIE, pause);
      equal((await rejection(old.get())) instanceof NotForwardedError, true);
      const strict = await staleFor(
        5,
        { 'cache-control': 's-maxage=10, stale-if-error=90', etag: '"a"' },
        pause,
      );
      const error = await rejection(strict.get());
      equal(error instanceof NotForwardedError && error.detail, 'circuit-open');
    },
  ),
  check('an OriginError that allows stale responses is replaced by one inside stale-if-error', async () => {
    const world = await staleFor(5, SIE, failWith(401, true));
    const response = await world.get();
    equal([response.status, await response.text()], [200, 'old']);
    equal(statusOf(response), 'http-cache; fwd=stale; fwd-status=401; detail=stale-if-error');
  }),
  check('the response of an OriginError is sent if no stored response is inside stale-if-error', async () => {
    const world = await staleFor(20, SIE, failWith(401, true));
    equal((await world.get()).status, 401);
    world.answer(() => reply(SIE, 'new'));
    equal(await (await world.get()).text(), 'new');
  }),
  check('an OriginError that forbids stale responses is sent and drops the stored response', async () => {
    for (const status of [429, 502, 503]) {
      const world = await staleFor(5, SIE, failWith(status, false));
      const response = await world.get();
      equal([response.status, await response.text()], [status, 'no']);
      equal(statusOf(response), `http-cache; fwd=stale; fwd-status=${status}`);
      world.answer(refuse);
      equal(String(await rejection(world.get())), 'TypeError: refused');
    }
  }),
  check('an OriginError names the status code and keeps its cause', async () => {
    const cause = new Error('reset');
    const error = new OriginError(reply({}, 'no', 502), { allowStale: true, cause });
    equal([String(error), error.cause === cause], ['OriginError: The origin responded 502.', true]);
  }),
];

function failWith(status: number, allowStale: boolean): Origin {
  return () => Promise.reject(new OriginError(reply({}, 'no', status), { allowStale }));
}
