import { type ProtectedHeaderParameters, decodeProtectedHeader } from 'jose';
import { ExpiringCache } from '../concurrency/two-generation-cache.ts';
import type { HttpRequest } from '../http/types.ts';
import type { RecordingRef } from '@room-recordings/core';
import {
  tokenFingerprint,
  invalidToken,
  type AuthFailure,
  type Granted,
  type AuthAttempt,
  type AuthResult,
  type AuthStrategy,
} from './strategy.ts';

/** A token that holds. It need not be checked again while all of this is so. */
interface Verified<Grant> {
  readonly grant: Grant;
  /** When it was checked, and until when that is good, in milliseconds since 1970: a clock that is set back ends it too. */
  readonly from: number;
  readonly until: number;
  /** The edition of the keys that it was checked by. */
  readonly edition: number;
}

/** A token that is remembered, and what is said where it opens a recording: made once, because each hit says it. */
interface Known<Grant> {
  readonly verified: Verified<Grant>;
  readonly granted: Granted;
}

/** One kind of token. */
export interface TokenVerifier<Grant> {
  /** The header that it comes in, in lower case. */
  readonly header: string;
  /** Checks a token of the right form: signature and claims. */
  readonly verify: (
    token: string,
    header: ProtectedHeaderParameters,
  ) => Promise<Verified<Grant> | AuthFailure>;
  /** The edition of the keys that it is checked by now. */
  readonly edition: () => number;
  /** Whether what it grants opens a recording. */
  readonly admit: (grant: Grant, id: RecordingRef) => AuthAttempt;
}

/**
 * A way of access by token. One that was verified before is a single look-up, by its header in the usual spelling: spaces and
 * the scheme's case make no other token.
 */
export function tokenStrategy<Grant>({ header, verify, edition, admit }: TokenVerifier<Grant>): AuthStrategy {
  const readHeader = headerExtractor(header);
  const remembered = new ExpiringCache<Known<Grant>>();
  const recall = (spelled: string, now: number): Known<Grant> | undefined => {
    const known = remembered.get(spelled, now);
    if (known === undefined) return undefined;
    const { verified } = known;
    return now >= verified.from && verified.edition === edition() ? known : undefined;
  };
  const judge = ({ verified, granted }: Known<Grant>, id: RecordingRef): AuthAttempt => {
    const opinion = admit(verified.grant, id);
    if (typeof opinion === 'function') return async () => nameGranted(await opinion(), granted);
    return nameGranted(opinion, granted);
  };
  return (asked, { id, search }, now) => {
    const presented = readHeader(asked);
    if (presented === undefined) return 'absent';
    if (hasTokenInQuery(search))
      return invalidToken('access_token is in the query, beside the token of the header');
    const known = recall(presented, now);
    if (known !== undefined) return judge(known, id);
    const token = extractToken(presented, header) ?? '';
    const spelled = formatAuthorization(token, header);
    const same = spelled === presented ? undefined : recall(spelled, now);
    if (same !== undefined) return judge(same, id);
    const tokenHeader = parseJwsHeader(token);
    if (tokenHeader === undefined)
      return invalidToken(
        'it is not a signed token in compact form, or its header has a member that is not accepted',
      );
    return async () => {
      const found = await verify(token, tokenHeader);
      if ('error' in found) return found;
      const fresh = { verified: found, granted: { credential: tokenFingerprint(token) } };
      remembered.set(spelled, fresh, found.until);
      const opinion = judge(fresh, id);
      return typeof opinion === 'function' ? opinion() : opinion;
    };
  };
}

function nameGranted(verdict: AuthResult, granted: Granted): AuthResult {
  return verdict === 'granted' ? granted : verdict;
}

/** Bearer and one token68; the scheme in either case. */
const BEARER = /^bearer +(?<token>[A-Za-z0-9._~+/=-]+) *$/i;
const BEARER_SCHEME = /^bearer(?: |$)/i;

/** The value of the header that a token is in; undefined where none of its kind was presented. */
export type ExtractHeader = (asked: HttpRequest) => string | undefined;

/** Finds the header of a token, by its lower-case name. Of Authorization only the scheme Bearer counts. */
export function headerExtractor(name: string): ExtractHeader {
  if (name !== 'authorization') return ({ headers }) => headers.get(name) ?? undefined;
  return ({ headers }) => {
    const value = headers.get(name);
    return typeof value === 'string' && BEARER_SCHEME.test(value) ? value : undefined;
  };
}

/**
 * Takes the token out of its header's value; undefined for what is no single token, such as two headers that were joined.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function extractToken(value: string, name: string): string | undefined {
  return name === 'authorization' ? BEARER.exec(value)?.groups?.['token'] : value;
}

/** The value that a token's header usually has; whoever writes it in another way means the same token. */
function formatAuthorization(token: string, name: string): string {
  return name === 'authorization' ? `Bearer ${token}` : token;
}

/** Whether the query has a token too, which may be another one: a request presents its token in one way. */
export function hasTokenInQuery(search: string): boolean {
  return search !== '' && new URLSearchParams(search).has('access_token');
}

/** Characters: more than any header of a server takes beside the others. */
const LONGEST_TOKEN = 8_192;

const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Whether the bits that a last character has left over are zero, by the length of the last group. */
const ENDS = [/$/, /^$/, /[AQgw]$/, /[AEIMQUYcgkosw048]$/] as const;

/**
 * Members that bring a key of the sender's own or change what the other parts mean: none of them has a place in a token that is
 * checked against keys the operator named.
 */
const UNWELCOME = ['jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc', 'crit'];

/** Members that are text where they are present: who reads a header takes jose's types at their word. */
const TEXTS = ['typ', 'cty', 'alg', 'kid'] as const;

/**
 * Reads the header of a token in compact form, and undefined for what is not exactly one: decoders are lenient about spaces,
 * padding and left-over bits, and one token must have one spelling.
 */
export function parseJwsHeader(token: string): ProtectedHeaderParameters | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  const parts = COMPACT.exec(token)?.slice(1) ?? [];
  if (parts.length === 0 || !parts.every(isCanonical)) return undefined;
  try {
    const header = decodeProtectedHeader(token);
    if (UNWELCOME.some((name) => Object.hasOwn(header, name))) return undefined;
    return TEXTS.every((name) => isTextOrAbsent(header[name])) ? header : undefined;
  } catch {
    return undefined;
  }
}

/** Not null either: what is present says something. */
function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isCanonical(part: string): boolean {
  return (ENDS[part.length % 4] ?? /^$/).test(part);
}
