import { collectDirectives, type CacheDirectives, type Directive } from './directives.ts';

const KEY = String.raw`[a-z*][a-z0-9_\-.*]*`;
const ITEM = [
  String.raw`-?(?:\d{1,12}\.\d{1,3}|\d{1,15})(?![\d.])`,
  String.raw`"(?:[ !#-[\]-~]|\\["\\])*"`,
  String.raw`[A-Za-z*][!#$%&'*+\-.^_\x60|~0-9A-Za-z:/]*`,
  ':[A-Za-z0-9+/=]*:',
  String.raw`\?[01]`,
].join('|');
const PARAMETERS = `(?:; *${KEY}(?:=(?:${ITEM}))?)*`;
const INNER_LIST = String.raw`\( *(?:(?:${ITEM})${PARAMETERS}(?: +|(?=\))))*\)`;
const COMMA = String.raw`[ \t]*,[ \t]*`;
const MEMBER = new RegExp(`(${KEY})(?:=(${ITEM}|${INNER_LIST}))?${PARAMETERS}(?:(${COMMA})|$)`, 'y');

/**
 * Reads a field meant for one kind of cache, such as CDN-Cache-Control (RFC 9213 §2.1): a Dictionary of RFC 8941,
 * strictly. Undefined where it is empty or does not parse: it is then as if it were not there.
 */
export function parseTargetedCacheControl(text: string): CacheDirectives | undefined {
  const members = new Map<string, string | undefined>();
  MEMBER.lastIndex = 0;
  for (;;) {
    const [, name, value, comma] = MEMBER.exec(text) ?? [];
    if (name === undefined) return undefined;
    members.set(name, value); // of a key said twice, the last one counts (RFC 8941 §3.2)
    if (comma === undefined) return collectDirectives(listDirectives(members));
  }
}

/** A value keeps its quotes: where a number is due, a string is never made one (RFC 9213 §2.1). */
function* listDirectives(members: ReadonlyMap<string, string | undefined>): Generator<Directive> {
  for (const [name, value] of members) {
    if (value !== '?0') yield [name, value === '?1' ? undefined : value];
  }
}
