import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { signRecordingUrl, signRoomUrl } from '@room-recordings/core/signing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLAIMS, signJwt, createIssuerKey, TWILIO_ACCESS, createTwilioToken } from '../auth/tokens.ts';
import { drawBypassRequests } from '@room-recordings/testing/bypass-requests';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';
import { sendRaw } from '@room-recordings/testing/raw-http';
import { findFreePort, getStartCommand, start, type RuntimeScript } from './edge-process.ts';
import { sendRequests } from '@room-recordings/testing/request-flood';

/** Requests for each credential and runtime: 500 in `pnpm test`, 20,000 in `pnpm test:long`. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_500) / 5;
const TIMEOUT_MS = 90_000 + RUNS * 40;
const SEED = 20_261_128;

const HOST = new URL(PUBLIC_URL).host;
const HOURS = 3_600 * 12;
const URL_KEY = { id: 'march', secret: 'the-secret-of-march-has-more-than-32-bytes' };

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const LIST = `/v1/Rooms/${ROOM_SID}/Recordings`;
const inOtherRoom = (path: string): string => path.replace(ROOM_SID, OTHER_ROOM);
/** Another recording of the same room. */
const SIBLING = PATH.replace(SID, `RT${'b'.repeat(32)}`);
/** The resources of another room, which has a recording with the client's SID. */
const FOREIGN: readonly string[] = [PATH, LIST].map(inOtherRoom);

const key = await createIssuerKey('ES256', 'bypass');
const seconds = Math.floor(Date.now() / 1_000);
const claims = { ...CLAIMS, iat: seconds, exp: seconds + HOURS };
const folder = mkdtempSync(join(tmpdir(), 'bypass-'));
let upstream: Server;
let calls: string[] = [];

/** Returns the track name of the recording that Twilio responds with at a path. */
const trackOf = (path: string): string => `track of ${path.slice(10).replaceAll('/', ' ')}.`;

beforeAll(async () => {
  upstream = createServer(({ url = '' }, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (url === '/jwks.json') {
      response.end(JSON.stringify({ keys: [key.jwk] }));
      return;
    }
    const [path = ''] = url.split('?');
    calls.push(path);
    const [, , , room_sid, , sid = `RT${'c'.repeat(32)}`] = path.split('/');
    const recording = { ...RECORDING, sid, room_sid, track_name: trackOf(path) };
    const page = `http://127.0.0.1${path}?PageSize=50&Page=0`;
    const meta = { page: 0, page_size: 50, key: 'recordings', url: page, first_page_url: page };
    const list = { recordings: [recording], meta: { ...meta, previous_page_url: null, next_page_url: null } };
    response.end(JSON.stringify(path.endsWith('/Recordings') ? list : recording));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

type Variables = Readonly<Record<string, string>>;

/** A credential, the resource that it opens, and the paths that it must not open. */
interface Credential {
  readonly name: string;
  /** The path, with its query if it is signed. */
  readonly own: string;
  /** Header lines, each of which opens the resource; empty for a signed URL. */
  readonly lines: readonly string[];
  readonly victims: readonly string[];
}

/** A value of ACCESS, and its credentials. */
interface AccessMode {
  readonly name: string;
  readonly variables: (issuer: string) => Variables;
  readonly credentials: readonly Credential[];
  /** Returns the target and the header lines with which the owner of a path reads it. */
  readonly owner: (path: string) => { readonly target: string; readonly lines: readonly string[] };
}

const options = { keys: [URL_KEY], expiresIn: HOURS };
const bearer = (token: string): string => `Authorization: Bearer ${token}`;
const jwtVariables = (issuer: string): Variables => ({
  JWT_JWKS_URL: `${issuer}/jwks.json`,
  JWT_ISSUER: String(CLAIMS['iss']),
  JWT_AUDIENCE: String(CLAIMS['aud']),
  JWT_ALGORITHMS: 'ES256',
});
const signingKeys = { URL_SIGNING_KEYS: `${URL_KEY.id}:${URL_KEY.secret}` };
const searchOf = (url: string): string => new URL(url).search;
const signRoom = async (room: string) =>
  searchOf(await signRoomUrl(`${PUBLIC_URL}/v1/Rooms/${room}`, options));

const own = {
  twilio: bearer(createTwilioToken({ room: ROOM_SID, ttl: HOURS })),
  jwt: await signJwt(key, claims),
  recording: searchOf(await signRecordingUrl(PUBLIC_URL + PATH, options)),
  room: await signRoom(ROOM_SID),
};
const owner = {
  twilio: bearer(createTwilioToken({ room: OTHER_ROOM, ttl: HOURS })),
  jwt: await signJwt(key, { ...claims, room_sid: OTHER_ROOM }),
  room: await signRoom(OTHER_ROOM),
};
const readBySignature: AccessMode['owner'] = (path) => ({
  target: path + (path.includes(OTHER_ROOM) ? owner.room : own.room),
  lines: [],
});

const recordingUrl: Credential = {
  name: 'the signed URL of a recording',
  own: PATH + own.recording,
  lines: [],
  victims: [...FOREIGN, SIBLING, LIST],
};
const roomUrl: Credential = {
  name: 'the signed URL of a room',
  own: LIST + own.room,
  lines: [],
  victims: FOREIGN,
};
const tokenFor = (line: string): Credential => ({
  name: 'a token',
  own: PATH,
  lines: [line],
  victims: FOREIGN,
});

const MODES: readonly AccessMode[] = [
  {
    name: 'twilio-token',
    variables: () => ({ ...TWILIO_ACCESS, ACCESS: 'twilio-token' }),
    credentials: [tokenFor(own.twilio)],
    owner: (path) => ({ target: path, lines: [owner.twilio] }),
  },
  {
    name: 'jwt',
    variables: (issuer) => ({ ...jwtVariables(issuer), ACCESS: 'jwt' }),
    credentials: [tokenFor(bearer(own.jwt))],
    owner: (path) => ({ target: path, lines: [bearer(owner.jwt)] }),
  },
  {
    name: 'signed-url',
    variables: () => ({ ...signingKeys, ACCESS: 'signed-url' }),
    credentials: [recordingUrl, roomUrl],
    owner: readBySignature,
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
    credentials: [
      {
        name: 'a token beside a signed URL',
        own: PATH + own.recording,
        lines: [own.twilio, `X-Room-Token: ${own.jwt}`],
        victims: FOREIGN,
      },
    ],
    owner: readBySignature,
  },
];

const RUNTIMES: readonly { readonly runtime: string; readonly script: RuntimeScript }[] = [
  { runtime: 'Node', script: 'start:node' },
  { runtime: 'Bun', script: 'start:bun' },
  { runtime: 'Deno', script: 'start:deno' },
  { runtime: 'workerd', script: 'start:workerd' },
];

describe.each(MODES)('with ACCESS=$name', ({ variables, credentials, owner: readAsOwner }) => {
  test.each(RUNTIMES)(
    'no generated request on $runtime reads a resource that its credentials do not grant',
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
      const read = (target: string, lines: readonly string[]) =>
        sendRaw(port, [`GET ${target} HTTP/1.1`, `Host: ${HOST}`, ...lines]);
      try {
        for (const { name, victims, ...credential } of credentials) {
          // After these reads all resources are in the cache, so no later request needs Twilio.
          const secrets: string[] = [];
          for (const path of victims) {
            const { target, lines } = readAsOwner(path);
            const victim = await read(target, lines);
            expect(victim).toContain(trackOf(path));
            // A HEAD has no body, so the test looks for the victim's ETag.
            secrets.push(trackOf(path), /^etag: (.*)$/im.exec(victim)?.[1]?.trim() ?? trackOf(path));
          }
          const [ownPath = ''] = credential.own.split('?');
          for (const line of credential.lines.length === 0 ? [''] : credential.lines) {
            expect(await read(credential.own, line === '' ? [] : [line])).toContain(trackOf(ownPath));
          }
          calls = [];
          const targets = { ...credential, victims, host: HOST };
          const requests = drawBypassRequests(RUNS, SEED, targets)[Symbol.iterator]();
          const { invalid, statuses } = await sendRequests(port, requests, secrets);
          expect(invalid, name).toEqual([]);
          expect(
            calls.filter((path) => path !== ownPath),
            name,
          ).toEqual([]);
          // These statuses show that requests have reached the authorization.
          expect(statuses.get(200), `200 for ${name}`).toBeGreaterThan(0);
          expect(statuses.get(400), `400 for ${name}`).toBeGreaterThan(0);
          const denied = (statuses.get(401) ?? 0) + (statuses.get(403) ?? 0);
          expect(denied, `401 or 403 for ${name}`).toBeGreaterThan(0);
        }
      } finally {
        await edge.stop();
      }
    },
    TIMEOUT_MS,
  );
});
