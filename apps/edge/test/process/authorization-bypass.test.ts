import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { signRecordingUrl } from '@room-recordings/core/signing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLAIMS, signJwt, createIssuerKey, TWILIO_ACCESS, createTwilioToken } from '../auth/tokens.ts';
import { drawBypassRequests, type BypassTargets } from '@room-recordings/testing/bypass-requests';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';
import { sendRaw } from '@room-recordings/testing/raw-http';
import { findFreePort, getStartCommand, start, type RuntimeScript } from './edge-process.ts';
import { sendRequests } from '@room-recordings/testing/request-flood';

/** Requests for each access mode and runtime: 500 in `pnpm test`, 20,000 in `pnpm test:long`. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_500) / 5;
const TIMEOUT_MS = 60_000 + RUNS * 20;
const SEED = 20_261_128;

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const HOST = new URL(PUBLIC_URL).host;
const HOURS = 3_600 * 12;
/** The track name of every victim. */
const VICTIM_TRACK = 'track-of-the-victim';
const URL_KEY = { id: 'march', secret: 'the-secret-of-march-has-more-than-32-bytes' };

/** Another recording of the same room, and a recording with the client's SID in another room. */
const SIBLING = PATH.replace(SID, `RT${'b'.repeat(32)}`);
const FOREIGN = PATH.replace(ROOM_SID, OTHER_ROOM);

const key = await createIssuerKey('ES256', 'bypass');
const seconds = Math.floor(Date.now() / 1_000);
const claims = { ...CLAIMS, iat: seconds, exp: seconds + HOURS };
const folder = mkdtempSync(join(tmpdir(), 'bypass-'));
let upstream: Server;
let calls: string[] = [];

beforeAll(async () => {
  upstream = createServer(({ url = '' }, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (url === '/jwks.json') {
      response.end(JSON.stringify({ keys: [key.jwk] }));
      return;
    }
    calls.push(url);
    const [, , , room_sid, , sid] = url.split('/');
    const track_name = url === PATH ? 'microphone' : VICTIM_TRACK;
    response.end(JSON.stringify({ ...RECORDING, sid, room_sid, track_name }));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

type Variables = Readonly<Record<string, string>>;

/** One strategy, with credentials for the client's own recording and for a victim. */
interface AccessMode {
  readonly name: string;
  readonly variables: (issuer: string) => Variables;
  readonly targets: BypassTargets;
  /** The target and the header lines with which the owner reads the victim. */
  readonly owner: { readonly target: string; readonly lines: readonly string[] };
}

const sign = async (path: string): Promise<string> =>
  (await signRecordingUrl(PUBLIC_URL + path, { keys: [URL_KEY], expiresIn: HOURS })).slice(PUBLIC_URL.length);
const bearer = (token: string): string => `Authorization: Bearer ${token}`;
const jwtVariables = (issuer: string): Variables => ({
  JWT_JWKS_URL: `${issuer}/jwks.json`,
  JWT_ISSUER: String(CLAIMS['iss']),
  JWT_AUDIENCE: String(CLAIMS['aud']),
  JWT_ALGORITHMS: 'ES256',
});
const signingKeys = { URL_SIGNING_KEYS: `${URL_KEY.id}:${URL_KEY.secret}` };

const own = {
  twilio: bearer(createTwilioToken({ room: ROOM_SID, ttl: HOURS })),
  jwt: await signJwt(key, claims),
  url: await sign(PATH),
};
const owner = {
  twilio: bearer(createTwilioToken({ room: OTHER_ROOM, ttl: HOURS })),
  jwt: await signJwt(key, { ...claims, room_sid: OTHER_ROOM }),
  url: await sign(FOREIGN),
};

const MODES: readonly AccessMode[] = [
  {
    name: 'twilio-token',
    variables: () => ({ ...TWILIO_ACCESS, ACCESS: 'twilio-token' }),
    targets: { own: PATH, lines: [own.twilio], victims: [FOREIGN], host: HOST },
    owner: { target: FOREIGN, lines: [owner.twilio] },
  },
  {
    name: 'jwt',
    variables: (issuer) => ({ ...jwtVariables(issuer), ACCESS: 'jwt' }),
    targets: { own: PATH, lines: [bearer(own.jwt)], victims: [FOREIGN], host: HOST },
    owner: { target: FOREIGN, lines: [bearer(owner.jwt)] },
  },
  {
    name: 'signed-url',
    variables: () => ({ ...signingKeys, ACCESS: 'signed-url' }),
    targets: { own: own.url, lines: [], victims: [FOREIGN, SIBLING], host: HOST },
    owner: { target: owner.url, lines: [] },
  },
  {
    name: 'twilio-token,jwt,signed-url',
    variables: (issuer) => ({
      ...TWILIO_ACCESS,
      ...jwtVariables(issuer),
      ...signingKeys,
      ACCESS: 'twilio-token,jwt,signed-url',
      JWT_HEADER: 'X-Room-Token',
    }),
    targets: {
      own: own.url,
      lines: [own.twilio, `X-Room-Token: ${own.jwt}`],
      victims: [FOREIGN],
      host: HOST,
    },
    owner: { target: owner.url, lines: [] },
  },
];

const RUNTIMES: readonly { readonly runtime: string; readonly script: RuntimeScript }[] = [
  { runtime: 'Node', script: 'start:node' },
  { runtime: 'Bun', script: 'start:bun' },
  { runtime: 'Deno', script: 'start:deno' },
  { runtime: 'workerd', script: 'start:workerd' },
];

describe.each(MODES)('with ACCESS=$name', ({ variables, targets, owner: victimsOwner }) => {
  test.each(RUNTIMES)(
    'no generated request on $runtime reads a recording that its credentials do not grant',
    async ({ script }) => {
      // A server that listens on TCP has an address of this type.
      const address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
      const port = await findFreePort();
      const environment = {
        RECORDINGS_SOURCE: 'twilio',
        TWILIO_API_KEY: 'SK1',
        TWILIO_API_SECRET: 'secret',
        TWILIO_BASE_URL: address,
        PUBLIC_URL,
        LOG_LEVEL: 'silent',
        PORT: String(port),
        DENO_DIR: join(folder, 'deno'),
        ...variables(address),
      };
      const edge = await start(getStartCommand(script), environment, 'listening on');
      try {
        const read = (target: string, lines: readonly string[]) =>
          sendRaw(port, [`GET ${target} HTTP/1.1`, `Host: ${HOST}`, ...lines]);
        // After these reads both recordings are in the cache, so no later request needs Twilio.
        const victim = await read(victimsOwner.target, victimsOwner.lines);
        expect(victim).toContain(VICTIM_TRACK);
        for (const line of targets.lines.length === 0 ? [''] : targets.lines) {
          expect(await read(targets.own, line === '' ? [] : [line])).toContain('microphone');
        }
        // A HEAD has no body, so the test looks for the victim's ETag.
        const etag = /^etag: (.*)$/im.exec(victim)?.[1]?.trim() ?? VICTIM_TRACK;
        calls = [];
        const requests = drawBypassRequests(RUNS, SEED, targets)[Symbol.iterator]();
        const { invalid, statuses } = await sendRequests(port, requests, [VICTIM_TRACK, etag]);
        expect(invalid).toEqual([]);
        expect(calls.filter((url) => url !== PATH)).toEqual([]);
        // These statuses show that requests have reached the authorization.
        expect(statuses.get(200), '200').toBeGreaterThan(0);
        expect(statuses.get(400), '400').toBeGreaterThan(0);
        expect((statuses.get(401) ?? 0) + (statuses.get(403) ?? 0), '401 or 403').toBeGreaterThan(0);
      } finally {
        await edge.stop();
      }
    },
    TIMEOUT_MS,
  );
});
