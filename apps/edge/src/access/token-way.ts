import type { RecordingId } from '../route.ts';
import { readTokenHeader } from './compact.ts';
import { hasTokenInQuery, readHeaderOf, tokenIn } from './presented.ts';
import { Remembered } from './remembered.ts';
import { TOKEN_INVALID, type Denial, type Opinion, type Way } from './verdict.ts';
import type { ProtectedHeaderParameters } from 'jose';

/** A token that holds: what it grants, and until when that need not be checked again, in milliseconds since 1970. */
interface Verified<Grant> {
  readonly grant: Grant;
  readonly until: number;
}

/** One kind of token. */
export interface TokenKind<Grant> {
  /** The header that it comes in, in lower case. */
  readonly header: string;
  /** Checks a token of the right form: signature and claims. */
  readonly verify: (token: string, header: ProtectedHeaderParameters) => Promise<Verified<Grant> | Denial>;
  /** Whether what it grants opens a recording. */
  readonly admit: (grant: Grant, id: RecordingId) => Opinion;
}

/** A way of access by token. One that was verified before is a single look-up, by the header as it was presented. */
export function tokenWay<Grant>({ header, verify, admit }: TokenKind<Grant>): Way {
  const readHeader = readHeaderOf(header);
  const verified = new Remembered<{ readonly grant: Grant }>();
  return (asked, id, now) => {
    const presented = readHeader(asked);
    if (presented === undefined) return 'absent';
    if (hasTokenInQuery(asked.url)) return TOKEN_INVALID;
    const known = verified.recall(presented, now);
    if (known !== undefined) return admit(known.grant, id);
    const token = tokenIn(presented, header) ?? '';
    const tokenHeader = readTokenHeader(token);
    if (tokenHeader === undefined) return TOKEN_INVALID;
    return async () => {
      const found = await verify(token, tokenHeader);
      if ('error' in found) return found;
      verified.keep(presented, { grant: found.grant }, found.until);
      const opinion = admit(found.grant, id);
      return typeof opinion === 'function' ? opinion() : opinion;
    };
  };
}
