import { PUBLIC_URL } from '../support/recording.ts';
import { ACCOUNT, API_KEY, ISSUER, KEY_ID, SECONDS, type Kind } from './recording-authorizer.ts';

type Members = Readonly<Record<string, unknown>>;

/** Members that bring a key along or change what the other parts mean. */
const UNWELCOME = ['jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc', 'crit'];

/** The rules of the design, said once more and in another way than the edge has them. */
export const mayOpen = {
  /** Whether a token with such a header may open anything. */
  header(kind: Kind, changed: Members): boolean {
    const header = asSent(changed);
    if (UNWELCOME.some((name) => Object.hasOwn(header, name))) return false;
    const { alg, typ, cty, kid } = header;
    if (kind === 'twilio-token') return alg === 'HS256' && typ === 'JWT' && cty === 'twilio-fpa;v=1';
    const isNested = typeof cty === 'string' && cty.toLowerCase() === 'jwt';
    return alg === 'ES256' && (kid === KEY_ID || kid === undefined) && !isNested;
  },
  /** Whether a token with such claims may open a room. */
  claims(kind: Kind, changed: Members, room: string): boolean {
    const claims = asSent(changed);
    const { exp, iat, nbf } = claims;
    if (!isInstant(exp) || exp <= SECONDS) return false;
    if (![iat, nbf].every((time) => time === undefined || isInstant(time))) return false;
    if (Number(nbf ?? 0) > SECONDS + 60) return false;
    if (kind === 'jwt') {
      const { iss, aud, room_sid } = claims;
      return iss === ISSUER && listOf(aud).includes(PUBLIC_URL) && opens(room_sid, room);
    }
    const { iss, sub, grants } = claims;
    const start = Math.min(SECONDS, Number(iat ?? nbf ?? SECONDS));
    const isOurs = iss === API_KEY && sub === ACCOUNT && exp - start <= 86_400;
    return isOurs && fold(memberOf(memberOf(grants, 'video'), 'room')) === room;
  },
};

/** Whether changes leave a token as it was, or add nothing but a member that nobody knows. */
export function saysNothingNew(good: Members, changes: Members): boolean {
  return Object.entries(changes).every(
    ([name, value]) => name === 'x' || (Object.hasOwn(good, name) && value === good[name]),
  );
}

/** As JSON brings it: without what is undefined, and with null for numbers that JSON has not. */
function asSent(members: Members): Members {
  // An object was written, so an object is read.
  return JSON.parse(JSON.stringify(members)) as Members;
}

const isInstant = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}

/** The SID with its digits in lower case; anything else as it is. */
function fold(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('RM') ? `RM${value.slice(2).toLowerCase()}` : value;
}

function opens(claim: unknown, room: string): boolean {
  return claim === '*' || listOf(claim).some((member) => fold(member) === room);
}
