import { describe, expect, it } from 'vitest';
import { isHttpUrl } from '../../src/http/url.ts';

describe('`isHttpUrl()`', () => {
  it.each([
    {
      name: 'the example of a bucket in the Twilio docs',
      text: 'https://my-super-duper-bucket.s3.amazonaws.com/my/path/',
    },
    {
      name: 'a bucket in the path',
      text: 'https://s3.eu-west-1.amazonaws.com/bucket/path',
    },
    { name: 'http to this machine', text: 'http://127.0.0.1:8787/v1/Rooms' },
    { name: 'an IPv6 address', text: 'http://[::1]:8787/' },
    { name: 'no path', text: 'https://example.com' },
    { name: 'a query after the host', text: 'https://example.com?a=1' },
    { name: 'a fragment after the host', text: 'https://example.com#a' },
    { name: 'every character that RFC 3986 allows', text: "https://example.com/-._~:/?#@!$&'()*+,;=%20" },
    { name: 'upper case', text: 'HTTPS://EXAMPLE.COM/' },
    { name: 'an IPv6 address without a port', text: 'https://[2001:db8::1]' },
    { name: 'an at sign after the host', text: 'https://example.com/@user?to=a@b#c@d' },
    { name: 'a percent sign with two hexadecimal digits', text: 'https://example.com/%2f%2F%e9' },
    { name: 'a character of two surrogates', text: 'https://example.com/🎧' },
    { name: 'letters beyond ASCII', text: 'https://bücher.example/größe' },
    { name: 'a path of 100,000 characters', text: `https://example.com/${'a'.repeat(100_000)}` },
    { name: 'the longest host name', text: `https://${'a'.repeat(61)}.${'b.'.repeat(95)}c/` },
  ])('accepts $name', ({ text }) => {
    expect(isHttpUrl(text)).toBe(true);
  });

  it.each([
    { name: 'an empty string', text: '' },
    { name: 'a sentence', text: 'not a url' },
    { name: 'a path', text: '/relative' },
    { name: 'a host without a scheme', text: '//example.com/' },
    { name: 'a script', text: 'javascript:alert(1)' },
    { name: 'a script that looks like an authority', text: 'javascript://example.com/%0Aalert(1)' },
    { name: 'a script behind white space', text: ' javascript:alert(1)' },
    { name: 'data', text: 'data:text/html,<script>alert(1)</script>' },
    { name: 'a bucket by its own scheme', text: 's3://bucket/path' },
    { name: 'another scheme', text: 'ftp://example.com/' },
    { name: 'a scheme that begins alike', text: 'httpsx://example.com/' },
    { name: 'no host', text: 'https://' },
    { name: 'an empty host', text: 'https:///path' },
    { name: 'an empty host with a port', text: 'https://:443/' },
    { name: 'no slashes', text: 'https:example.com' },
    { name: 'one slash', text: 'https:/example.com' },
    { name: 'backslashes', text: 'https:\\\\example.com\\' },
    { name: 'a backslash behind the host', text: 'https://example.com\\@example.org/' },
    { name: 'a port beyond 65535', text: 'https://example.com:65536/' },
    { name: 'a host with a space', text: 'https://exam ple.com/' },
    { name: 'a path with a space', text: 'https://example.com/my path' },
    { name: 'white space before it', text: ' https://example.com/' },
    { name: 'white space after it', text: 'https://example.com/ ' },
    { name: 'a line feed after it', text: 'https://example.com/\n' },
    { name: 'a line feed inside it', text: 'https://example.com/\na' },
    { name: 'a tab inside its scheme', text: 'ht\ttps://example.com/' },
    { name: 'a NUL character', text: 'https://example.com/\0' },
    { name: 'a quotation mark', text: 'https://example.com/"onload="alert(1)' },
    { name: 'a tag', text: 'https://example.com/<b>' },
    { name: 'a user and a password', text: 'https://user:password@example.com/' },
    { name: 'a user', text: 'https://user@example.com/' },
    { name: 'an empty user', text: 'https://@example.com/' },
    { name: 'a user before an IPv6 address', text: 'https://user@[::1]/' },
    { name: 'a percent sign alone', text: 'https://example.com/100%' },
    { name: 'a percent sign with other letters', text: 'https://example.com/%zz' },
    { name: 'a percent sign with one digit', text: 'https://example.com/?a=%4' },
    { name: 'a second number sign', text: 'https://example.com/#a#b' },
    { name: 'two number signs together', text: 'https://example.com/##' },
    { name: 'brackets in the path', text: 'https://example.com/[x]' },
    { name: 'brackets in the query', text: 'https://example.com/?a[]=1' },
    { name: 'a bracket in the fragment', text: 'https://example.com/#]' },
    { name: 'an IPv6 address without its bracket', text: 'https://[::1/' },
    { name: 'brackets around a name', text: 'https://[example]/' },
    { name: 'a high surrogate alone', text: 'https://example.com/\uD83C' },
    { name: 'a low surrogate alone', text: 'https://example.com/\uDFA7a' },
    { name: 'a direction override', text: 'https://example.com/\u202Egpj.exe' },
    { name: 'a zero width space in the host', text: 'https://exam\u200Bple.com/' },
    { name: 'a soft hyphen in the host', text: 'https://exam\u00ADple.com/' },
    { name: 'a byte order mark', text: 'https://example.com/\uFEFF' },
    { name: 'a control character beyond ASCII', text: 'https://example.com/\u0085' },
    { name: 'an authority of 501 characters', text: `https://${'a'.repeat(501)}/` },
  ])('rejects $name', ({ text }) => {
    expect(isHttpUrl(text)).toBe(false);
  });
});

it('`isHttpUrl()` rejects each invisible character', () => {
  const hidden = Array.from({ length: 0x11_00_00 }, (_, point) => String.fromCodePoint(point)).filter(
    (character) => /[\p{Cc}\p{Cf}\p{Cs}\p{Z}]/u.test(character),
  );
  expect(hidden.length).toBeGreaterThan(2000);
  expect(hidden.filter((character) => isHttpUrl(`https://example.com/a${character}b`))).toEqual([]);
});

it.each([
  { name: 'percent signs', text: '%20'.repeat(350_000) },
  { name: 'letters', text: 'a'.repeat(1_000_000) },
  { name: 'letters beyond ASCII', text: 'é'.repeat(500_000) },
])('`isHttpUrl()` accepts a path of a megabyte of $name', ({ text }) => {
  expect(isHttpUrl(`https://example.com/${text}`)).toBe(true);
});
