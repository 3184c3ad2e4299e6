import { collectDirectives, type CacheDirectives, type Directive } from '../directives.ts';

/** A directive up to the next comma that is not inside a quoted string; a string left open goes on to the end. */
const DIRECTIVE = /(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/gs;

/** Reads Cache-Control (RFC 9111 §5.2) as it is meant to be read: leniently, and more than one line as one list. */
export function parseCacheControl(text: string): CacheDirectives {
  return collectDirectives(listDirectives(text));
}

function* listDirectives(text: string): Generator<Directive> {
  for (const [directive] of text.matchAll(DIRECTIVE)) {
    const equals = directive.indexOf('=');
    // Blanks around "=" are not allowed. The name is trimmed so that "no-store " still forbids, the value is not, so
    // that "max-age= 60" is no number: where it matters, the stricter reading wins.
    const name = (equals < 0 ? directive : directive.slice(0, equals)).trim().toLowerCase();
    yield [name, equals < 0 ? undefined : unquote(directive.slice(equals + 1).trimEnd())];
  }
}

/** Recipients accept the token and the quoted form alike (RFC 9111 §5.2); single quotes are no quotes. */
function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1).replaceAll(/\\(.)/gs, '$1')
    : value;
}
