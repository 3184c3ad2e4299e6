import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openArchive } from '../../src/archive/sqlite.ts';
import { PATH, RECORDING } from '../support/recording.ts';
import { findFreePort, getLocalCommand, runToExit, start, type EdgeProcess } from './edge-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'local-environment-'));
const OWN_ARCHIVE = join(folder, '.state/local.db');
const running: EdgeProcess[] = [];
const requestedUrls: (string | undefined)[] = [];
let twilio: Server;
let twilioOrigin: string;

beforeAll(async () => {
  twilio = createServer(({ url }, response) => {
    requestedUrls.push(url);
    response.writeHead(200, { 'Content-Type': 'application/json', Connection: 'close' });
    response.end(JSON.stringify({ ...RECORDING, codec: 'opus' }));
  }).listen(0, '127.0.0.1');
  await once(twilio, 'listening');
  // A server that listens on TCP has an address of this type.
  twilioOrigin = `http://127.0.0.1:${(twilio.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const local of running.splice(0)) await local.stop();
});

afterAll(() => {
  twilio.close();
  twilio.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Starts local development with these variables, and returns its output and a function that sends requests. */
async function startLocal(variables: Readonly<Record<string, string>>) {
  const port = await findFreePort();
  const local = await start(getLocalCommand(folder), { PORT: String(port), ...variables }, 'curl ');
  running.push(local);
  const text = local.text();
  return {
    text,
    request: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init),
  };
}

describe('pnpm start uses the settings of the environment', () => {
  it('with RECORDINGS_SOURCE=twilio it reads from Twilio, does not seed an archive and sends no call at its start', async () => {
    const { text, request } = await startLocal({
      RECORDINGS_SOURCE: 'twilio',
      TWILIO_API_KEY: 'SK1',
      TWILIO_API_SECRET: 'secret',
      TWILIO_BASE_URL: twilioOrigin,
    });
    expect(text).toMatch(/curl http:\/\/127\.0\.0\.1:\d+\/readyz\n/);
    expect(text).toMatch(
      /^Local development sets ACCESS=public ALLOWED_ORIGINS=\* PUBLIC_URL=http:\/\/127\.0\.0\.1:\d+\.$/m,
    );
    expect(requestedUrls).toEqual([]);
    expect(existsSync(OWN_ARCHIVE)).toBe(false);
    expect((await request(PATH)).status).toBe(200);
    expect(requestedUrls).toEqual([PATH]);
  });

  it('with ARCHIVE_PATH it serves that archive and does not seed it', async () => {
    const path = join(folder, 'other.db');
    const { text, request } = await startLocal({ ARCHIVE_PATH: path });
    expect(text).toContain('/readyz\n');
    expect((await request(PATH)).status).toBe(404);
    const archive = await openArchive(path);
    expect(await archive.all({ sql: 'SELECT sid FROM recordings', values: [] })).toEqual([]);
    archive.close();
    expect(existsSync(OWN_ARCHIVE)).toBe(false);
  });

  it('with ACCESS, ALLOWED_ORIGINS and PUBLIC_URL it serves the seeded archive with them', async () => {
    const { text, request } = await startLocal({
      ACCESS: 'signed-url',
      URL_SIGNING_KEYS: `a:${'0123456789abcdef'.repeat(4)}`,
      ALLOWED_ORIGINS: 'https://app.example.com',
      PUBLIC_URL: 'https://recordings.example.com',
    });
    expect(text).toMatch(/^Local development sets RECORDINGS_SOURCE=archive\.$/m);
    expect(text).not.toContain('0123456789abcdef');
    const response = await request(PATH, { headers: { Origin: 'https://other.example.com' } });
    expect(response.status).toBe(403);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
    expect(await response.json()).toMatchObject({
      type: expect.stringMatching(/^https:\/\/recordings\.example\.com\//),
    });
  });
});

describe('pnpm start exits with one line and code 1 for invalid settings', () => {
  it.each([
    {
      name: 'ALLOW_CREDENTIALS=true with every origin',
      variables: { ALLOW_CREDENTIALS: 'true' },
      line: 'ALLOW_CREDENTIALS=true requires a list of origins: replace the * in ALLOWED_ORIGINS.',
    },
    {
      name: 'RECORDINGS_SOURCE=twilio without credentials',
      variables: { RECORDINGS_SOURCE: 'twilio' },
      line: 'RECORDINGS_SOURCE=twilio requires TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.',
    },
    {
      name: 'RATE_LIMIT, which only the other runtimes have',
      variables: { RATE_LIMIT: '600/60' },
      line: 'RATE_LIMIT has no effect on Workers: remove it, and bind RATE_LIMITER with ratelimits in wrangler.jsonc.',
    },
    { name: 'an unknown ACCESS', variables: { ACCESS: 'all' }, line: /^ACCESS must be public/ },
  ])('$name', async ({ variables, line }) => {
    const { code, text } = await runToExit(getLocalCommand(folder), variables);
    expect(code).toBe(1);
    expect(text.trimEnd()).toMatch(line);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
  });
});
