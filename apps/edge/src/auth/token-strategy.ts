import type { RecordingId } from '../route.ts';
import { parseJwsHeader } from '../access/compact.ts';
import { tokenFingerprint } from '../access/credential-name.ts';
import { hasTokenInQuery, headerExtractor, formatAuthorization, extractToken } from '../access/presented.ts';
import { TwoGenerationCache } from '../concurrency/two-generation-cache.ts';
import {
  invalidToken,
  type AuthFailure,
  type Granted,
  type AuthAttempt,
  type AuthResult,
  type AuthStrategy,
} from './strategy.ts';
import type { ProtectedHeaderParameters } from 'jose';

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
  readonly admit: (grant: Grant, id: RecordingId) => AuthAttempt;
}

/**
 * A way of access by token. One that was verified before is a single look-up, by its header in the usual spelling: spaces and
 * the scheme's case make no other token.
 */
export function tokenStrategy<Grant>({ header, verify, edition, admit }: TokenVerifier<Grant>): AuthStrategy {
  const readHeader = headerExtractor(header);
  const remembered = new TwoGenerationCache<Known<Grant>>();
  const recall = (spelled: string, now: number): Known<Grant> | undefined => {
    const known = remembered.recall(spelled, now);
    if (known === undefined) return undefined;
    const { verified } = known;
    return now >= verified.from && verified.edition === edition() ? known : undefined;
  };
  const judge = ({ verified, granted }: Known<Grant>, id: RecordingId): AuthAttempt => {
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
      remembered.keep(spelled, fresh, found.until);
      const opinion = judge(fresh, id);
      return typeof opinion === 'function' ? opinion() : opinion;
    };
  };
}

function nameGranted(verdict: AuthResult, granted: Granted): AuthResult {
  return verdict === 'granted' ? granted : verdict;
}
