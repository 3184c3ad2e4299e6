import type { RecordingId } from '../route.ts';
import { readTokenHeader } from './compact.ts';
import { hasTokenInQuery, readHeaderOf, spellToken, tokenIn } from './presented.ts';
import { Remembered } from './remembered.ts';
import { tokenInvalid, type Denial, type Opinion, type Way } from './verdict.ts';
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

/** One kind of token. */
export interface TokenKind<Grant> {
  /** The header that it comes in, in lower case. */
  readonly header: string;
  /** Checks a token of the right form: signature and claims. */
  readonly verify: (token: string, header: ProtectedHeaderParameters) => Promise<Verified<Grant> | Denial>;
  /** The edition of the keys that it is checked by now. */
  readonly edition: () => number;
  /** Whether what it grants opens a recording. */
  readonly admit: (grant: Grant, id: RecordingId) => Opinion;
}

/**
 * A way of access by token. One that was verified before is a single look-up, by its header in the usual spelling: spaces and
 * the scheme's case make no other token.
 */
export function tokenWay<Grant>({ header, verify, edition, admit }: TokenKind<Grant>): Way {
  const readHeader = readHeaderOf(header);
  const verified = new Remembered<Verified<Grant>>();
  const recall = (spelled: string, now: number): Verified<Grant> | undefined => {
    const known = verified.recall(spelled, now);
    return known !== undefined && now >= known.from && known.edition === edition() ? known : undefined;
  };
  return (asked, { id, search }, now) => {
    const presented = readHeader(asked);
    if (presented === undefined) return 'absent';
    if (hasTokenInQuery(search))
      return tokenInvalid('access_token is in the query, beside the token of the header');
    const known = recall(presented, now);
    if (known !== undefined) return admit(known.grant, id);
    const token = tokenIn(presented, header) ?? '';
    const spelled = spellToken(token, header);
    const same = spelled === presented ? undefined : recall(spelled, now);
    if (same !== undefined) return admit(same.grant, id);
    const tokenHeader = readTokenHeader(token);
    if (tokenHeader === undefined)
      return tokenInvalid(
        'it is not a signed token in compact form, or its header has a member that is not accepted',
      );
    return async () => {
      const found = await verify(token, tokenHeader);
      if ('error' in found) return found;
      verified.keep(spelled, found, found.until);
      const opinion = admit(found.grant, id);
      return typeof opinion === 'function' ? opinion() : opinion;
    };
  };
}
