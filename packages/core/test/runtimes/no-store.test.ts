import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { at, CORE } from '../package/paths.ts';
import { run } from '../package/run.ts';
import { RUNTIMES } from '../package/runtimes.ts';
import { requested, example } from '../example.ts';
import { startLoopback, type Loopback } from './loopback.ts';

const SLOW_MS = 60_000;

/** The runtimes that run TypeScript without a build. */
const runtimes = RUNTIMES.filter(({ name }) => name !== 'Node 20');

let server: Loopback;

beforeAll(async () => {
  const body = JSON.stringify(example);
  const head = ['HTTP/1.1 200 OK', `Content-Length: ${body.length}`, 'Connection: close', '\r\n'].join(
    '\r\n',
  );
  server = await startLoopback((socket) => socket.end(head + body));
});

afterAll(() => server.stop());

it.each(runtimes)(
  'a read on $name is sent with no-store',
  async ({ command }) => {
    const printed = await run([...command, at('../runtimes/read-from.ts'), server.url], at('.'));
    expect(JSON.parse(printed)).toEqual({ codec: 'OPUS', cache: ['no-store'] });
    expect(server.requests.at(-1)).toMatch(/^GET \/v1\/Rooms\/RM\w{32}\/Recordings\/RT\w{32} HTTP\/1\.1\r\n/);
  },
  SLOW_MS,
);

it.each([
  { date: '2024-11-10', cache: 'none' },
  { date: '2024-11-11', cache: 'no-store' },
  { date: '2026-11-01', cache: 'no-store' },
])(
  'a read on workerd with the compatibility date $date is sent with the cache mode $cache',
  async ({ date, cache }) => {
    const worker = await startWorker(date);
    try {
      const response = await worker.dispatchFetch(`https://worker.example/?base=${server.url}`);
      expect(await response.text()).toBe(JSON.stringify({ codec: 'OPUS', cache: [cache] }));
    } finally {
      await worker.dispose();
    }
  },
  SLOW_MS,
);

async function startWorker(compatibilityDate: string): Promise<Miniflare> {
  const core = await readFile(join(CORE, 'dist/index.js'), 'utf8');
  const errors = await readFile(join(CORE, 'dist/errors.js'), 'utf8');
  const valibot = await readFile(join(CORE, 'node_modules/valibot/dist/index.mjs'), 'utf8');
  const contents = `
    import { createRecordingsClient } from './core.js';
    export default {
      async fetch(request) {
        const inits = [];
        const send = globalThis.fetch;
        globalThis.fetch = (url, init) => {
          inits.push(init);
          return send(url, init);
        };
        const client = createRecordingsClient({ baseUrl: new URL(request.url).searchParams.get('base') });
        const { codec } = await client.fetch('${requested.roomSid}', '${requested.sid}');
        return Response.json({ codec, cache: inits.map((init) => init.cache ?? 'none') });
      },
    };`;
  return new Miniflare(
    convertV4MiniflareOptions({
      modules: [
        { type: 'ESModule', path: 'main.js', contents },
        { type: 'ESModule', path: 'core.js', contents: core },
        { type: 'ESModule', path: 'errors.js', contents: errors },
        { type: 'ESModule', path: 'valibot', contents: valibot },
      ],
      compatibilityDate,
      cf: false,
      logRequests: false,
    }),
  );
}
