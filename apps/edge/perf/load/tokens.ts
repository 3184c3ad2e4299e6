import { createHmac } from 'node:crypto';

const ACCOUNT = `AC${'a'.repeat(32)}`;
const API_KEY = 'SK';

/** The secret that signs the tokens. */
export const TOKEN_SECRET = 'secret-of-the-load-program';

/** The settings of an edge that accepts Twilio tokens for any room. */
export const TOKEN_SETTINGS: Readonly<Record<string, string>> = {
  ACCESS: 'twilio-token',
  TWILIO_ACCOUNT_SID: ACCOUNT,
  TWILIO_TOKEN_ROOM: 'any',
};

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Signs the token of a client by its index. */
export function signToken(index: number): string {
  const now = Math.floor(Date.now() / 1_000);
  const header = encode({ typ: 'JWT', alg: 'HS256', cty: 'twilio-fpa;v=1' });
  const payload = encode({
    jti: `${API_KEY}-${index}`,
    iss: API_KEY,
    sub: ACCOUNT,
    iat: now,
    exp: now + 3_600,
    grants: { identity: `client ${index}`, video: {} },
  });
  const signature = createHmac('sha256', TOKEN_SECRET).update(`${header}.${payload}`).digest('base64url');
  return `${header}.${payload}.${signature}`;
}
