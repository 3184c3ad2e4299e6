import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { BINARY, ENCODED, asFetched, fetchTwice } from '../harness/encoded-bodies.ts';
import { fresh, reply } from '../harness/harness.ts';

/** Bodies for which only the runtime determines whether they were decoded. */
export const contentCodingsByRuntime: readonly Case[] = [
  ...checkEach(
    'binary data of unknown length from the `fetch` of $name counts as decoded if that `fetch` decodes its coding',
    [
      {
        name: 'Node.js/24',
        known: ['br', 'BR', 'deflate', 'x-gzip', 'gzip, br'],
        unknown: ['identity, br', 'br,', 'identity, deflate'],
      },
      { name: 'Bun/1.4.5', known: ['br', 'BR', 'deflate', 'identity, br', 'br,'], unknown: ['br, br'] },
      { name: 'Deno/2.9.6', known: ['br', 'BR', 'gzip'], unknown: ['deflate', 'identity, br', 'br,'] },
      { name: 'Cloudflare-Workers', known: ['gzip'], unknown: ['BR', 'deflate', 'identity, br'] },
      { name: 'Mozilla/5.0', known: ['gzip'], unknown: ['BR', 'deflate'] },
    ],
    async ({ name: userAgent, known, unknown }) => {
      await withUserAgent(userAgent, async () => {
        for (const coding of [...known, ...unknown]) {
          const headers = { 'content-encoding': coding };
          const [expected, requests] = known.includes(coding) ? [null, 1] : [coding, 2];
          equal(
            await fetchTwice(() => asFetched(fresh(headers, BINARY))),
            [expected, null, BINARY, requests],
            coding,
          );
          equal(
            await fetchTwice(() => asFetched(reply(headers, BINARY))),
            [expected, null, BINARY, 2],
            coding,
          );
        }
      });
    },
  ),
  check(
    'a length that differs from Content-Length does not prove that both of two codings were decoded',
    async () => {
      const headers = { 'content-encoding': 'gzip, gzip', 'content-length': '9' };
      await withUserAgent('Deno/2.9.6', async () => {
        equal(await fetchTwice(() => asFetched(fresh(headers, ENCODED.gzip))), [
          'gzip, gzip',
          null,
          ENCODED.gzip,
          2,
        ]);
      });
    },
  ),
  ...checkEach(
    'binary data of unknown length in deflate and BR from the `fetch` of $name counts as decoded only if that `fetch` decodes it',
    [
      { name: 'Node.js/24', deflate: null, br: null },
      { name: 'Deno/2.9.6', deflate: 'deflate', br: null },
      { name: 'Cloudflare-Workers', deflate: 'deflate', br: 'BR' },
    ],
    async ({ name: userAgent, deflate, br }) => {
      await withUserAgent(userAgent, async () => {
        for (const [coding, expected] of [
          ['deflate', deflate],
          ['BR', br],
        ] as const) {
          const respond = (): Response => asFetched(reply({ 'content-encoding': coding }, BINARY));
          equal((await fetchTwice(respond))[0], expected, coding);
        }
      });
    },
  ),
  ...checkEach(
    'binary data in br from the `fetch` of Workers $name',
    [
      {
        name: 'counts as decoded with the flag `brotli_content_encoding`',
        cloudflare: { compatibilityFlags: { brotli_content_encoding: true } },
        expected: null,
      },
      {
        name: 'counts as encoded if that flag is false',
        cloudflare: { compatibilityFlags: { brotli_content_encoding: false } },
        expected: 'br',
      },
      { name: 'counts as encoded with other flags', cloudflare: { compatibilityFlags: {} }, expected: 'br' },
      { name: 'counts as encoded without flags', cloudflare: {}, expected: 'br' },
      { name: 'counts as encoded without the global `Cloudflare`', cloudflare: undefined, expected: 'br' },
    ],
    async ({ cloudflare, expected }) => {
      await withGlobal('Cloudflare', cloudflare, () =>
        withUserAgent('Cloudflare-Workers', async () => {
          const respond = (): Response => asFetched(fresh({ 'content-encoding': 'br' }, BINARY));
          equal(await fetchTwice(respond), [expected, null, BINARY, expected === null ? 1 : 2]);
        }),
      );
    },
  ),
  check('a runtime without a navigator counts as Node, unless it is workerd', async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    if (before?.configurable !== true) return; // The navigator of the other runtimes cannot be removed.
    Reflect.deleteProperty(globalThis, 'navigator');
    try {
      if ('navigator' in globalThis) return;
      const respond = (): Response => asFetched(reply({ 'content-encoding': 'deflate' }, BINARY));
      for (const [cloudflare, expected] of [
        [undefined, null],
        [{}, 'deflate'],
      ] as const) {
        await withGlobal('Cloudflare', cloudflare, async () => {
          equal((await fetchTwice(respond))[0], expected);
        });
      }
    } finally {
      Object.defineProperty(globalThis, 'navigator', before);
    }
  }),
];

/** Runs work while the runtime has another user agent. */
function withUserAgent(userAgent: string, work: () => Promise<void>): Promise<void> {
  return withGlobal('navigator', { userAgent }, work);
}

/** Runs work while a global has another value. */
async function withGlobal(name: string, value: unknown, work: () => Promise<void>): Promise<void> {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true });
  try {
    await work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, before);
  }
}
