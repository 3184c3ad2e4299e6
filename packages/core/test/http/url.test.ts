import { describe, expect, it } from 'vitest';
import { isHttpUrl } from '../../src/http/url.ts';

describe('isHttpUrl', () => {
  it.each([
    { what: "Twilio's example of a bucket", text: 'https://my-super-duper-bucket.s3.amazonaws.com/my/path/' },
    {
      what: "a bucket in the path, as in Twilio's setting",
      text: 'https://s3.eu-west-1.amazonaws.com/bucket/path',
    },
    { what: 'http to this machine', text: 'http://127.0.0.1:8787/v1/Rooms' },
    { what: 'an IPv6 address', text: 'http://[::1]:8787/' },
    { what: 'no path', text: 'https://example.com' },
    { what: 'a query after the host', text: 'https://example.com?a=1' },
    { what: 'a fragment after the host', text: 'https://example.com#a' },
    { what: 'every character that RFC 3986 allows', text: "https://example.com/-._~:/?#@!$&'()*+,;=%20" },
    { what: 'upper case', text: 'HTTPS://EXAMPLE.COM/' },
    { what: 'an IPv6 address without a port', text: 'https://[2001:db8::1]' },
    { what: 'an at sign after the host', text: 'https://example.com/@user?to=a@b#c@d' },
    { what: 'a percent sign with two hexadecimal digits', text: 'https://example.com/%2f%2F%e9' },
    { what: 'a character of two surrogates', text: 'https://example.com/🎧' },
    { what: 'letters beyond ASCII', text: 'https://bücher.example/größe' },
    { what: 'a path of 100,000 characters', text: `https://example.com/${'a'.repeat(100_000)}` },
    { what: 'the longest host name', text: `https://${'a'.repeat(61)}.${'b.'.repeat(95)}c/` },
  ])('accepts $what', ({ text }) => {
    expect(isHttpUrl(text)).toBe(true);
  });

  it.each([
    { what: 'an empty text', text: '' },
    { what: 'a sentence', text: 'not a url' },
    { what: 'a path', text: '/relative' },
    { what: 'a host without a scheme', text: '//example.com/' },
    { what: 'a script', text: 'javascript:alert(1)' },
    { what: 'a script that looks like an authority', text: 'javascript://example.com/%0Aalert(1)' },
    { what: 'a script behind white space', text: ' javascript:alert(1)' },
    { what: 'data', text: 'data:text/html,<script>alert(1)</script>' },
    { what: 'a bucket by its own scheme', text: 's3://bucket/path' },
    { what: 'another scheme', text: 'ftp://example.com/' },
    { what: 'a scheme that begins alike', text: 'httpsx://example.com/' },
    { what: 'no host', text: 'https://' },
    { what: 'an empty host', text: 'https:///path' },
    { what: 'an empty host with a port', text: 'https://:443/' },
    { what: 'no slashes', text: 'https:example.com' },
    { what: 'one slash', text: 'https:/example.com' },
    { what: 'backslashes', text: 'https:\\\\example.com\\' },
    { what: 'a backslash behind the host', text: 'https://example.com\\@example.org/' },
    { what: 'a port beyond 65535', text: 'https://example.com:65536/' },
    { what: 'a host with a space', text: 'https://exam ple.com/' },
    { what: 'a path with a space', text: 'https://example.com/my path' },
    { what: 'white space before it', text: ' https://example.com/' },
    { what: 'white space after it', text: 'https://example.com/ ' },
    { what: 'a line feed after it', text: 'https://example.com/\n' },
    { what: 'a line feed inside it', text: 'https://example.com/\na' },
    { what: 'a tab inside its scheme', text: 'ht\ttps://example.com/' },
    { what: 'a zero', text: 'https://example.com/\0' },
    { what: 'a quotation mark', text: 'https://example.com/"onload="alert(1)' },
    { what: 'a tag', text: 'https://example.com/<b>' },
    { what: 'a user and a password', text: 'https://user:password@example.com/' },
    { what: 'a user', text: 'https://user@example.com/' },
    { what: 'an empty user', text: 'https://@example.com/' },
    { what: 'a user before an IPv6 address', text: 'https://user@[::1]/' },
    { what: 'a percent sign alone', text: 'https://example.com/100%' },
    { what: 'a percent sign with other letters', text: 'https://example.com/%zz' },
    { what: 'a percent sign with one digit', text: 'https://example.com/?a=%4' },
    { what: 'a second number sign', text: 'https://example.com/#a#b' },
    { what: 'two number signs together', text: 'https://example.com/##' },
    { what: 'brackets in the path', text: 'https://example.com/[x]' },
    { what: 'brackets in the query', text: 'https://example.com/?a[]=1' },
    { what: 'a bracket in the fragment', text: 'https://example.com/#]' },
    { what: 'an IPv6 address without its bracket', text: 'https://[::1/' },
    { what: 'brackets around a name', text: 'https://[example]/' },
    { what: 'a high surrogate alone', text: 'https://example.com/\uD83C' },
    { what: 'a low surrogate alone', text: 'https://example.com/\uDFA7a' },
    { what: 'a direction override', text: 'https://example.com/\u202Egpj.exe' },
    { what: 'a zero width space in the host', text: 'https://exam\u200Bple.com/' },
    { what: 'a soft hyphen in the host', text: 'https://exam\u00ADple.com/' },
    { what: 'a byte order mark', text: 'https://example.com/\uFEFF' },
    { what: 'a control character beyond ASCII', text: 'https://example.com/\u0085' },
    { what: 'an authority of 501 characters', text: `https://${'a'.repeat(501)}/` },
  ])('refuses $what', ({ text }) => {
    expect(isHttpUrl(text)).toBe(false);
  });
});

it('refuses each character that does not show', () => {
  const hidden = Array.from({ length: 0x11_00_00 }, (_, point) => String.fromCodePoint(point)).filter(
    (character) => /[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u.test(character),
  );
  expect(hidden.length).toBeGreaterThan(2000);
  expect(hidden.filter((character) => isHttpUrl(`https://example.com/a${character}b`))).toEqual([]);
});

it.each([
  { what: 'percent signs', text: '%20'.repeat(350_000) },
  { what: 'letters', text: 'a'.repeat(1_000_000) },
  { what: 'letters beyond ASCII', text: 'é'.repeat(500_000) },
])('accepts a path of a megabyte of $what', ({ text }) => {
  expect(isHttpUrl(`https://example.com/${text}`)).toBe(true);
});
