import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { signRecordingUrl, signRoomUrl } from '@room-recordings/core/signing';
import { afterAll, describe, expect, test } from 'vitest';
import { CLAIMS, signJwt, createIssuerKey, TWILIO_ACCESS, createTwilioToken } from '../auth/tokens.ts';
import { drawBypassRequests } from '@room-recordings/testing/bypass-requests';
import { parseConfig } from '../../src/config/config.ts';
import { createMediaUrlSigner } from '../../src/media/media-url.ts';
import { parseTarget, PATH, PUBLIC_URL, ROOM_SID, SID } from '../support/recording.ts';
import { sendRaw } from '@room-recordings/testing/raw-http';
import { findFreePort, getStartCommand, start, type RuntimeScript } from './edge-process.ts';
import { sendRequests } from '@room-recordings/testing/request-flood';
import { startTrackedTwilio, createTrackName } from '@room-recordings/testing/tracked-twilio';

/** Requests for each credential and runtime: 500 in `pnpm test`, 20,000 in `pnpm test:long`. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2_500) / 5;
const TIMEOUT_MS = 90_000 + RUNS * 40;
const SEED = 20_261_128;

const HOST = new URL(PUBLIC_URL).host;
const HOURS = 3_600 * 12;
const URL_KEY = { id: 'march', secret: 'the-secret-of-march-has-more-than-32-bytes' };

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const LIST = `/v1/Rooms/${ROOM_SID}/Recordings`;
const TIMELINE = `/v1/Rooms/${ROOM_SID}/Timeline`;
const MEDIA = `${PATH}/Media`;
const ORIGINAL = 'format=original';
const inOtherRoom = (path: string): string => path.replace(ROOM_SID, OTHER_ROOM);
/** Another recording of the same room. */
const SIBLING = PATH.replace(SID, `RT${'b'.repeat(32)}`);
/** The resources of another room, which has a recording with the client's SID. */
const FOREIGN: readonly string[] = [PATH, LIST, TIMELINE, MEDIA].map(inOtherRoom);

const key = await createIssuerKey('ES256', 'bypass');
const seconds = Math.floor(Date.now() / 1_000);
const claims = { ...CLAIMS, iat: seconds, exp: seconds + HOURS };
const folder = mkdtempSync(join(tmpdir(), 'bypass-'));
const twilio = await startTrackedTwilio({ keys: [key.jwk] });

afterAll(() => {
  twilio.close();
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
/** Reads a path by a token of its room. Media is read as it is stored, because the file is not one that plays. */
const readByToken =
  (ownLine: string, otherLine: string): AccessMode['owner'] =>
  (path) => ({
    target: path.endsWith('/Media') ? `${path}?${ORIGINAL}` : path,
    lines: [path.includes(OTHER_ROOM) ? otherLine : ownLine],
  });
const readBySignature: AccessMode['owner'] = (path) => {
  const query = path.includes(OTHER_ROOM) ? owner.room : own.room;
  return { target: path + query + (path.endsWith('/Media') ? `&${ORIGINAL}` : ''), lines: [] };
};

const tokenFor = (line: string): Credential => ({
  name: 'a token',
  own: PATH,
  lines: [line],
  victims: FOREIGN,
});
const recordingUrl: Credential = {
  name: 'the signed URL of a recording',
  own: PATH + own.recording,
  lines: [],
  victims: [...FOREIGN, SIBLING, `${SIBLING}/Media`, LIST, TIMELINE],
};
const roomUrl: Credential = {
  name: 'the signed URL of a room',
  own: LIST + own.room,
  lines: [],
  victims: FOREIGN,
};

/** Creates a media URL that the edge may have signed, with the keys of its configuration. */
async function createMediaUrl(variables: Variables): Promise<Credential> {
  const { mediaSigningKeys } = parseConfig(variables);
  const target = parseTarget(MEDIA);
  if (mediaSigningKeys === undefined || target.kind !== 'media') throw new Error('The URL cannot be signed.');
  const parts = { id: target.id, publicUrl: PUBLIC_URL, client: 'token 1', expires: seconds + HOURS };
  const url = await createMediaUrlSigner(mediaSigningKeys)({ ...parts, format: 'original' });
  return {
    name: 'a media URL',
    own: url.slice(PUBLIC_URL.length),
    lines: [],
    victims: [...FOREIGN, SIBLING, `${SIBLING}/Media`, LIST, TIMELINE, PATH],
  };
}

/** The key of Twilio, which also signs media URLs unless `URL_SIGNING_KEYS` is set. */
const TWILIO_KEY = { TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: 'secret' };

const MODES: readonly AccessMode[] = [
  {
    name: 'twilio-token',
    variables: () => ({ ...TWILIO_ACCESS, ACCESS: 'twilio-token' }),
    credentials: [tokenFor(own.twilio)],
    owner: readByToken(own.twilio, owner.twilio),
  },
  {
    name: 'jwt',
    variables: (issuer) => ({ ...jwtVariables(issuer), ACCESS: 'jwt' }),
    credentials: [tokenFor(bearer(own.jwt)), await createMediaUrl(TWILIO_KEY)],
    owner: readByToken(bearer(own.jwt), bearer(owner.jwt)),
  },
  {
    name: 'signed-url',
    variables: () => ({ ...signingKeys, ACCESS: 'signed-url' }),
    credentials: [recordingUrl, roomUrl, await createMediaUrl(signingKeys)],
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
      const { address } = twilio;
      const port = await findFreePort();
      const environment = {
        RECORDINGS_SOURCE: 'twilio',
        ...TWILIO_KEY,
        TWILIO_BASE_URL: address,
        MEDIA_HOSTS: new URL(address).host,
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
            expect(victim).toContain(createTrackName(path));
            // A HEAD has no body, so the test looks for the victim's ETag.
            secrets.push(
              createTrackName(path),
              /^etag: (.*)$/im.exec(victim)?.[1]?.trim() ?? createTrackName(path),
            );
          }
          const [ownPath = ''] = credential.own.split('?');
          for (const line of credential.lines.length === 0 ? [''] : credential.lines) {
            expect(await read(credential.own, line === '' ? [] : [line])).toContain(createTrackName(ownPath));
          }
          twilio.forgetCalls();
          const targets = { ...credential, victims, host: HOST };
          const requests = drawBypassRequests(RUNS, SEED, targets)[Symbol.iterator]();
          const { invalid, statuses } = await sendRequests(port, requests, secrets, true);
          expect(invalid, name).toEqual([]);
          expect(
            twilio.calls.filter((path) => !path.startsWith(ownPath)),
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
