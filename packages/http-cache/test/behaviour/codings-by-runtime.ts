import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { BINARY, CODED, fetched, getTwice } from '../harness/coded.ts';
import { fresh, reply } from '../harness/world.ts';

/** Bodies of which only the runtime shows whether they were decoded. */
export const codingsByRuntime: readonly Case[] = [
  ...checkEach(
    'binary data of unknown length from the fetch of %s is decoded if that fetch decodes the field as it came',
    [
      [
        'Node.js/24',
        ['br', 'BR', 'deflate', 'x-gzip', 'gzip, br'],
        ['identity, br', 'br,', 'identity, deflate'],
      ],
      ['Bun/1.4.5', ['br', 'BR', 'deflate', 'identity, br', 'br,'], ['br, br']],
      ['Deno/2.9.6', ['br', 'BR', 'gzip'], ['deflate', 'identity, br', 'br,']],
      ['Cloudflare-Workers', ['gzip'], ['BR', 'deflate', 'identity, br']],
      ['Mozilla/5.0', ['gzip'], ['BR', 'deflate']],
    ],
    async (userAgent, known, unknown) => {
      await withUserAgent(userAgent, async () => {
        for (const coding of [...known, ...unknown]) {
          const fields = { 'content-encoding': coding };
          const [kept, calls] = known.includes(coding) ? [null, 1] : [coding, 2];
          equal(await getTwice(() => fetched(fresh(fields, BINARY))), [kept, null, BINARY, calls], coding);
          equal(await getTwice(() => fetched(reply(fields, BINARY))), [kept, null, BINARY, 2], coding);
        }
      });
    },
  ),
  check('another length of two codings from fetch does not show that both were decoded', async () => {
    const fields = { 'content-encoding': 'gzip, gzip', 'content-length': '9' };
    await withUserAgent('Deno/2.9.6', async () => {
      equal(await getTwice(() => fetched(fresh(fields, CODED.gzip))), ['gzip, gzip', null, CODED.gzip, 2]);
    });
  }),
  ...checkEach(
    'binary data from fetch of unknown length on %s',
    [
      ['Node.js/24', null, null],
      ['Deno/2.9.6', 'deflate', null],
      ['Cloudflare-Workers', 'deflate', 'BR'],
    ],
    async (userAgent, deflate, br) => {
      await withUserAgent(userAgent, async () => {
        for (const [coding, kept] of [
          ['deflate', deflate],
          ['BR', br],
        ] as const) {
          const make = (): Response => fetched(reply({ 'content-encoding': coding }, BINARY));
          equal((await getTwice(make))[0], kept, coding);
        }
      });
    },
  ),
  ...checkEach(
    'binary data in br from fetch on Workers with %s',
    [
      ['the flag of br', { compatibilityFlags: { brotli_content_encoding: true } }, null],
      ['the flag of no br', { compatibilityFlags: { brotli_content_encoding: false } }, 'br'],
      ['other flags', { compatibilityFlags: {} }, 'br'],
      ['no flags', {}, 'br'],
      ['nothing that shows it', undefined, 'br'],
    ],
    async (_, cloudflare, kept) => {
      await withGlobal('Cloudflare', cloudflare, () =>
        withUserAgent('Cloudflare-Workers', async () => {
          const make = (): Response => fetched(fresh({ 'content-encoding': 'br' }, BINARY));
          equal(await getTwice(make), [kept, null, BINARY, kept === null ? 1 : 2]);
        }),
      );
    },
  ),
  check('a runtime without a navigator is taken for Node, unless it is workerd', async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    if (before?.configurable !== true) return; // the other runtimes cannot be without one
    Reflect.deleteProperty(globalThis, 'navigator');
    try {
      if ('navigator' in globalThis) return;
      const make = (): Response => fetched(reply({ 'content-encoding': 'deflate' }, BINARY));
      for (const [cloudflare, kept] of [
        [undefined, null],
        [{}, 'deflate'],
      ] as const) {
        await withGlobal('Cloudflare', cloudflare, async () => {
          equal((await getTwice(make))[0], kept);
        });
      }
    } finally {
      Object.defineProperty(globalThis, 'navigator', before);
    }
  }),
];

/** Runs some work while the runtime calls itself something else. */
function withUserAgent(userAgent: string, work: () => Promise<void>): Promise<void> {
  return withGlobal('navigator', { userAgent }, work);
}

/** Runs some work while the global scope has another value under a name. */
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
