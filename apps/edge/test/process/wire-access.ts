import { signRecordingUrl } from '@room-recordings/core/signing';
import {
  API_SECRET,
  CLAIMS,
  signJwt,
  createIssuerKey,
  TWILIO_ACCESS,
  createTwilioToken,
} from '../auth/tokens.ts';
import type { Credentials } from '../fuzz/raw-requests.ts';
import { PUBLIC_URL, ROOM_SID } from '../support/recording.ts';

const URL_KEY = { id: 'march', secret: 'canary-of-march-4f6a7b8c9d0e1f2a3b' };
const OTHER_ROOM = `RM${'b'.repeat(32)}`;
/** Of tokens that are good, for a room that nobody asks for. */
const UNASKED_ROOM = `RM${'c'.repeat(32)}`;
const TOKEN_HEADER = 'X-Room-Token';
/** Longer than the tests run. */
const HOURS = 3600 * 12;

/** Access to one room for an edge that listens, in every way, by this machine's clock. */
export interface WireAccess {
  /** The settings, where the issuer's keys are below an address. */
  variablesFor(issuer: string): Readonly<Record<string, string>>;
  /** What `/jwks.json` has to answer there. */
  readonly keySet: string;
  readonly credentials: Credentials;
  /** What may be in no answer and no log. */
  readonly secrets: readonly string[];
}

/** Makes it: the tokens by Twilio's package and by jose, the URLs by the package that signs them. */
export async function makeWireAccess(): Promise<WireAccess> {
  const key = await createIssuerKey('ES256', 'wire');
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { ...CLAIMS, iat: seconds, exp: seconds + HOURS };
  const tokens = {
    twilio: [ROOM_SID, UNASKED_ROOM, undefined].map((room) => createTwilioToken({ room, ttl: HOURS })),
    jwt: await Promise.all([
      signJwt(key, claims),
      signJwt(key, { ...claims, room_sid: UNASKED_ROOM }),
      signJwt(key, { ...claims, exp: seconds - 1 }),
    ]),
  };
  const digits = Array.from({ length: 16 }, (_, nth) => nth.toString(16).repeat(32));
  const urls = await Promise.all(
    digits.map((sid) =>
      signRecordingUrl(`${PUBLIC_URL}/v1/Rooms/${ROOM_SID}/Recordings/RT${sid}`, {
        keys: [URL_KEY],
        expiresIn: HOURS,
      }),
    ),
  );
  const targets = urls.map((url) => url.slice(PUBLIC_URL.length));
  const all = [...tokens.twilio, ...tokens.jwt];
  return {
    variablesFor: (issuer) => ({
      ...TWILIO_ACCESS,
      ACCESS: 'twilio-token,jwt,signed-url',
      JWT_JWKS_URL: `${issuer}/jwks.json`,
      JWT_ISSUER: String(CLAIMS['iss']),
      JWT_AUDIENCE: String(CLAIMS['aud']),
      JWT_ALGORITHMS: 'ES256',
      JWT_HEADER: TOKEN_HEADER,
      URL_SIGNING_KEYS: `${URL_KEY.id}:${URL_KEY.secret}`,
    }),
    keySet: JSON.stringify({ keys: [key.jwk] }),
    credentials: {
      lines: [
        ...tokens.twilio.map((token) => `Authorization: Bearer ${token}`),
        ...tokens.jwt.map((token) => `${TOKEN_HEADER}: ${token}`),
      ],
      targets: [...targets, ...targets.map((target) => target.replace(ROOM_SID, OTHER_ROOM))],
    },
    secrets: [
      API_SECRET,
      btoa(`${TWILIO_ACCESS['TWILIO_API_KEY']}:${API_SECRET}`),
      URL_KEY.secret,
      ...all.flatMap((token) => [token, token.replace(/^.*\./, '')]),
      ...targets.map((target) => target.replace(/^.*signature=/, '')),
    ],
  };
}
