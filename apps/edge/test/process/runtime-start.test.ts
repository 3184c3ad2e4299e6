import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATH, RECORDING, SID } from '../support/recording.ts';
import { findFreePort, getStartCommand, runToExit, start, type RuntimeScript } from './edge-process.ts';

const PROCESSES: readonly RuntimeScript[] = ['start:node', 'start:bun', 'start:deno'];
const SCRIPTS: readonly RuntimeScript[] = [...PROCESSES, 'start:workerd'];
const SECRET = 'canary-5f3e';
const ARCHIVE = {
  RECORDINGS_SOURCE: 'archive',
  ACCESS: 'public',
  PUBLIC_URL: 'https://recordings.example.com',
};

/** Headers of Twilio, or of a proxy in front of Twilio. */
const TWILIO_HEADERS = new Map([
  ['Set-Cookie', 'a=b'],
  ['Twilio-Request-Id', 'RQ1'],
  ['Twilio-Concurrent-Requests', '1'],
  ['X-Home-Region', 'us1'],
  ['Server', 'upstream'],
  ['Strict-Transport-Security', 'max-age=1'],
  ['Access-Control-Allow-Credentials', 'true'],
  ['Access-Control-Allow-Origin', 'https://evil.example'],
  ['Cache-Control', 'private, no-store'],
  ['Expires', '0'],
  ['Age', '86400'],
  ['Last-Modified', 'Mon, 02 Mar 2026 09:00:00 GMT'],
  ['ETag', '"upstream"'],
  ['Vary', '*'],
]);

const folder = mkdtempSync(join(tmpdir(), 'start-'));
const received: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = [];
let upstream: Server;
let upstreamPort: number;

beforeAll(async () => {
  upstreamPort = await findFreePort();
  upstream = createServer((message, response) => {
    received.push(message);
    for (const [name, value] of TWILIO_HEADERS) response.setHeader(name, value);
    response
      .setHeader('Content-Type', 'application/json')
      .end(JSON.stringify({ ...RECORDING, codec: 'opus' }));
  }).listen(upstreamPort, '127.0.0.1');
  await once(upstream, 'listening');
  writeFileSync(join(folder, 'a-file'), '');
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

describe.each(SCRIPTS)('%s', (script) => {
  it('reads from Twilio once with Basic credentials, does not forward its headers, does not log a secret and exits with 0 on SIGTERM', async () => {
    const port = await findFreePort();
    const environment = {
      RECORDINGS_SOURCE: 'twilio',
      ACCESS: 'public',
      PORT: String(port),
      TWILIO_API_KEY: 'SK1',
      TWILIO_API_SECRET: SECRET,
      TWILIO_BASE_URL: `http://127.0.0.1:${upstreamPort}`,
    };
    const server = await start(getStartCommand(script), environment, 'listening on');
    const response = await fetch(`http://127.0.0.1:${port}${PATH}?token=${SECRET}`);
    await fetch(`http://127.0.0.1:${port}/v1/Rooms/daily/Recordings/${SID}`);
    const url = `http://127.0.0.1:${port}${PATH}`;

    expect(await response.json()).toEqual({ ...RECORDING, url, links: { media: `${url}/Media` } });
    const again = await fetch(url);
    expect(again.headers.get('Cache-Status')).toMatch(/^room-recordings; hit; ttl=\d+$/);
    expect(again.headers.get('Age')).toMatch(/^\d+$/);
    const unchanged = { 'If-None-Match': response.headers.get('ETag') ?? '' };
    expect((await fetch(url, { headers: unchanged })).status).toBe(304);
    const calls = received.splice(0);
    expect(calls).toHaveLength(1);
    expect(calls).toMatchObject([
      { method: 'GET', url: PATH, headers: { authorization: `Basic ${btoa(`SK1:${SECRET}`)}` } },
    ]);
    // The headers of Twilio are neither forwarded nor used.
    expect(response.headers.get('Cache-Control')).toMatch(/^public, max-age=300/);
    expect(response.headers.get('ETag')).toMatch(/^W\/"[0-9a-f]{32}"$/);
    for (const [name, value] of TWILIO_HEADERS) expect(response.headers.get(name), name).not.toBe(value);
    expect(response.headers.get('Set-Cookie')).toBeNull();
    expect(await server.stop()).toBe(0);
    const target = script === 'start:workerd' ? 'the origin of each request' : `http://127.0.0.1:${port}`;
    expect(server.text()).toContain(`PUBLIC_URL is not set: links use ${target}.`);
    expect(server.text()).toContain('"status":200');
    expect(server.text()).toContain('"code":"invalid_sid"');
    expect(server.text()).not.toContain(SECRET);
  });

  it('starts without ACCESS and RECORDINGS_SOURCE, logs both names and responds to reads with 503', async () => {
    const port = await findFreePort();
    const server = await start(getStartCommand(script), { PORT: String(port) }, 'listening on');
    const read = await fetch(`http://127.0.0.1:${port}${PATH}`);
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect(read.status).toBe(503);
    expect(await read.json()).toMatchObject({ error: 'misconfigured' });
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: 'misconfigured' });
    expect(ready.status).toBe(503);
    expect(ready.headers.get('Cache-Control')).toBe('no-store');
    expect(await ready.json()).toMatchObject({ error: 'misconfigured' });
    expect(server.text()).toContain(
      'misconfigured: Set ACCESS to public, or to any of twilio-token, jwt and signed-url. Set RECORDINGS_SOURCE to archive or twilio.',
    );
    expect(await server.stop()).toBe(0);
  });
});

// A Worker cannot refuse to start, so workerd-start.test.ts has the cases of workerd.
describe.each(PROCESSES)('%s', (script) => {
  it.each([
    {
      name: 'a port in use',
      createVariables: () => ({ PORT: String(upstreamPort) }),
      line: /^Port \d+ is in use\. Stop the other program/,
    },
    {
      name: 'an address of another machine',
      createVariables: () => ({ HOST: '203.0.113.9' }),
      line: /^HOST=203\.0\.113\.9 is not an address of this machine\. Set HOST to/,
    },
    {
      name: 'an unknown host',
      createVariables: () => ({ HOST: 'host.invalid' }),
      line: /^HOST=host\.invalid is not an address/,
    },
    {
      name: 'an invalid setting',
      createVariables: () => ({ ACCESS: SECRET }),
      line: /^ACCESS must be public, or a comma-separated list of twilio-token, jwt and signed-url\.$/,
    },
    {
      name: 'missing credentials',
      createVariables: () => ({ RECORDINGS_SOURCE: 'twilio' }),
      line: /^RECORDINGS_SOURCE=twilio requires/,
    },
    {
      name: 'a folder that cannot be written',
      createVariables: () => ({ ARCHIVE_PATH: join(folder, 'a-file/archive.db') }),
      line: /^The archive .*a-file.*archive\.db cannot be opened/,
    },
  ])('exits with one line and code 1: $name', async ({ createVariables, line }) => {
    const { code, text } = await runToExit(getStartCommand(script), {
      ...ARCHIVE,
      ARCHIVE_PATH: join(folder, 'archive.db'),
      ...createVariables(),
    });
    expect(code).toBe(1);
    expect(text.trimEnd()).toMatch(line);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(text).not.toContain(SECRET);
  });
});
