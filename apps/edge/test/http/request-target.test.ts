import { describe, expect, it } from 'vitest';
import { isSameAuthority, parseRequestTarget } from '../../src/routes/router.ts';

const BASE = 'https://recordings.example.com';

describe('parseRequestTarget()', () => {
  it.each([
    { name: 'a path', text: '/a/b', pathname: '/a/b', search: '' },
    { name: 'a path with a query', text: '/a?b=/c?d', pathname: '/a', search: '?b=/c?d' },
    { name: 'a path with dot segments', text: '/a/../b/%2e%2e/c', pathname: '/c', search: '' },
    { name: 'a path that begins with two slashes', text: '//evil.example/a', pathname: '//evil.example/a' },
    { name: 'encoded separators', text: '/a%2Fb%5Cc%23d%3Fe', pathname: '/a%2Fb%5Cc%23d%3Fe', search: '' },
  ])('parses $name without an authority', ({ text, pathname, search = '' }) => {
    expect(parseRequestTarget(text, BASE)).toEqual({ pathname, search, origin: BASE, authority: undefined });
  });

  it.each([
    { name: 'http', text: 'http://a.example/b?c', origin: 'http://a.example', authority: 'a.example' },
    { name: 'https', text: 'https://a.example/b?c', origin: 'https://a.example', authority: 'a.example' },
    { name: 'capitals', text: 'HTTP://A.Example/b?c', origin: 'http://a.example', authority: 'a.example' },
    { name: 'a port', text: 'http://a:81/b?c', origin: 'http://a:81', authority: 'a:81' },
    { name: 'the default port', text: 'http://a:80/b?c', origin: 'http://a', authority: 'a' },
    { name: 'an address', text: 'http://[::1]:81/b?c', origin: 'http://[::1]:81', authority: '[::1]:81' },
  ])('parses the absolute form with $name', ({ text, origin, authority }) => {
    expect(parseRequestTarget(text, BASE)).toEqual({ pathname: '/b', search: '?c', origin, authority });
  });

  it.each([
    { name: 'a backslash in the path', text: String.raw`/a\b` },
    { name: 'a backslash behind the authority', text: String.raw`http://a.example\b` },
    { name: 'a fragment', text: '/a#/b' },
    { name: 'a fragment in the query', text: '/a?b#c' },
    { name: 'a tab', text: '/a\tb' },
    { name: 'a space', text: '/a b' },
    { name: 'a line feed', text: '/a\nb' },
    { name: 'NUL', text: '/a\0' },
    { name: 'DEL', text: '/a\u007f' },
    { name: 'user information', text: 'http://user@a.example/b' },
    { name: 'a query directly behind the authority', text: 'http://a.example?/b' },
    { name: 'nothing behind the authority', text: 'http://a.example' },
    { name: 'an empty authority', text: 'http:///b' },
    { name: 'two authorities', text: 'http://a.example,b.example:x/b' },
    { name: 'a port that is too large', text: 'http://a.example:65536/b' },
    { name: 'a port of six digits', text: 'http://a.example:000080/b' },
    { name: 'an encoded host that is not a host', text: 'http://%/b' },
    { name: 'another scheme', text: 'ws://a.example/b' },
    { name: 'the authority form', text: 'a.example:443' },
    { name: 'the asterisk form', text: '*' },
    { name: 'a relative path', text: 'a/b' },
    { name: 'no text', text: '' },
  ])('returns undefined for $name', ({ text }) => {
    expect(parseRequestTarget(text, BASE)).toBeUndefined();
  });
});

describe('isSameAuthority()', () => {
  const target = parseRequestTarget('http://a.example/', BASE);
  const withPort = parseRequestTarget('https://a.example:8443/', BASE);

  it.each([
    { host: 'a.example', of: target },
    { host: 'A.EXAMPLE', of: target },
    { host: 'a.example:80', of: target },
    { host: 'a.example:8443', of: withPort },
  ])('returns true for the Host $host and the target $of.origin', ({ host, of }) => {
    expect(of !== undefined && isSameAuthority(host, of)).toBe(true);
  });

  it.each([
    { host: 'b.example', of: target },
    { host: 'a.example:443', of: target },
    { host: 'a.example', of: withPort },
    { host: 'a.example?', of: target },
    { host: 'a.example#', of: target },
    { host: 'a.example/', of: target },
    { host: String.raw`a.example\x`, of: target },
    { host: 'user@a.example', of: target },
    { host: 'a.example, a.example', of: target },
    { host: 'a.example:99999', of: target },
  ])('returns false for the Host $host and the target $of.origin', ({ host, of }) => {
    expect(of === undefined || isSameAuthority(host, of)).toBe(false);
  });
});
