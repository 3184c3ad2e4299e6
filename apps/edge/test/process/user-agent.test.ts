import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import {
  ACCOUNT,
  CLAIMS,
  signJwt,
  createIssuerKey,
  TWILIO_ACCESS,
  createTwilioToken,
} from '../auth/tokens.ts';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';
import { findFreePort, getStartCommand, start } from './edge-process.ts';

const USER_AGENT = `room-recordings/${manifest.version}`;

const folder = mkdtempSync(join(tmpdir(), 'user-agent-'));
const key = await createIssuerKey('ES256', 'user-agent');
/** The User-Agent of each request, by its path. */
const userAgents = new Map<string | undefined, string | undefined>();
let upstream: Server;

/** Starts a server that is both Twilio and a JWT issuer. */
beforeAll(async () => {
  const bodies: Readonly<Record<string, unknown>> = {
    '/jwks.json': { keys: [key.jwk] },
    [`/v1/Rooms/${ROOM_SID}`]: { sid: ROOM_SID, account_sid: ACCOUNT, unique_name: 'daily' },
    [PATH]: { ...RECORDING, account_sid: ACCOUNT, codec: 'opus' },
  };
  upstream = createServer(({ url = '', headers }, response) => {
    userAgents.set(url, headers['user-agent']);
    response.setHeader('Content-Type', 'application/json').setHeader('Connection', 'close');
    response.end(JSON.stringify(bodies[url]));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

beforeEach(() => userAgents.clear());

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

describe.each(['start:node', 'start:bun', 'start:deno', 'start:workerd'] as const)('%s', (script) => {
  it('sends its User-Agent with requests for recordings, rooms and the JWKS', async () => {
    const port = await findFreePort();
    // A server that listens on TCP has an address of this type.
    const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const server = await start(
      getStartCommand(script),
      {
        ...TWILIO_ACCESS,
        ACCESS: 'twilio-token,jwt',
        TWILIO_TOKEN_ROOM: 'name',
        TWILIO_BASE_URL: origin,
        JWT_JWKS_URL: `${origin}/jwks.json`,
        JWT_ISSUER: String(CLAIMS['iss']),
        JWT_AUDIENCE: String(CLAIMS['aud']),
        JWT_HEADER: 'X-Room-Token',
        RECORDINGS_SOURCE: 'twilio',
        PUBLIC_URL,
        LOG_LEVEL: 'silent',
        PORT: String(port),
        DENO_DIR: join(folder, 'deno'),
      },
      'listening on',
    );
    const seconds = Math.floor(Date.now() / 1000);
    const token = await signJwt(key, { ...CLAIMS, iat: seconds, exp: seconds + 600 });
    const request = (headers: HeadersInit) => fetch(`http://127.0.0.1:${port}${PATH}`, { headers });
    const twilioTokenResponse = await request({
      Authorization: `Bearer ${createTwilioToken({ room: 'daily', ttl: 600 })}`,
    });
    const jwtResponse = await request({ 'X-Room-Token': token });
    await server.stop();
    expect([twilioTokenResponse.status, jwtResponse.status]).toEqual([200, 200]);
    expect(Object.fromEntries(userAgents)).toEqual({
      '/jwks.json': USER_AGENT,
      [`/v1/Rooms/${ROOM_SID}`]: USER_AGENT,
      [PATH]: USER_AGENT,
    });
  });
});
