import { array, assert, constantFrom, oneof, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TWILIO_MEDIA_HOSTS } from '../../src/config/media-config.ts';
import { computeLinkLifetimeMs, parseStorageUrl } from '../../src/twilio/storage-url.ts';

const BUCKET = 'com-twilio-us1-video-recording.s3.amazonaws.com';
const LOOPBACK = ['127.0.0.1:9000', '[::1]:9000', 'localhost:80', 'media.example.com:8443'];
const HOSTS = new Set([...TWILIO_MEDIA_HOSTS.split(','), ...LOOPBACK]);
const PATH = '/AC1/RT1?X-Amz-Expires=3600&X-Amz-Signature=aa%2Fbb';

describe('parseStorageUrl()', () => {
  it.each([
    ...TWILIO_MEDIA_HOSTS.split(',').map((host) => ({ name: `https://${host}${PATH}` })),
    { name: `https://media.example.com:8443${PATH}` },
    { name: `http://127.0.0.1:9000${PATH}` },
    { name: `https://127.0.0.1:9000${PATH}` },
    { name: `http://[::1]:9000${PATH}` },
    { name: `http://localhost:80${PATH}` },
  ])('returns $name unchanged', ({ name }) => {
    expect(parseStorageUrl(name, HOSTS)).toBe(name);
  });

  it.each([
    { name: 'http', url: `http://${BUCKET}/a` },
    { name: 'http on a listed port of another machine', url: 'http://media.example.com:8443/a' },
    { name: 'a host that begins like the bucket', url: `https://${BUCKET}.evil.com/a` },
    { name: 'a host that ends like the bucket', url: `https://evil-${BUCKET}/a` },
    { name: 'the bucket as a user name', url: `https://${BUCKET}@evil.com/a` },
    { name: 'a user name', url: `https://user@${BUCKET}/a` },
    { name: 'a user name and a password', url: `https://user:secret@${BUCKET}/a` },
    { name: 'the bucket in the fragment', url: `https://evil.com#.${BUCKET}/a` },
    { name: 'a fragment', url: `https://${BUCKET}/a#b` },
    { name: 'the bucket after a backslash', url: `https://evil.com\\.${BUCKET}/a` },
    { name: 'backslashes instead of slashes', url: `https:\\\\${BUCKET}\\a` },
    { name: 'the bucket in the query', url: `https://evil.com?.${BUCKET}/a` },
    { name: 'a URL without a scheme', url: `//${BUCKET}/a` },
    { name: 'a URL of another host without a scheme', url: '//evil' },
    { name: 'a relative URL', url: '/a' },
    { name: 'an empty URL', url: '' },
    { name: 'a script', url: `javascript:fetch('https://${BUCKET}/')` },
    { name: 'a data URL', url: 'data:video/webm,a' },
    { name: 'another scheme', url: `ftp://${BUCKET}/a` },
    { name: 'a port that is not listed', url: `https://${BUCKET}:8443/a` },
    { name: 'the default port', url: `https://${BUCKET}:443/a` },
    { name: 'no port', url: 'https://media.example.com/a' },
    { name: 'a trailing dot', url: `https://${BUCKET}./a` },
    { name: 'another bucket of the same service', url: 'https://evil.s3.amazonaws.com/a' },
    { name: 'the bucket as a path', url: 'https://s3.amazonaws.com/com-twilio-us1-video-recording/a' },
    { name: 'the service itself', url: 'https://s3.amazonaws.com/a' },
    { name: 'an address of metadata', url: 'http://169.254.169.254/latest/meta-data/' },
    { name: 'a private address', url: 'https://10.0.0.1/a' },
    { name: 'a loopback address without a port', url: 'http://127.0.0.1/a' },
    { name: 'a loopback address on another port', url: 'http://127.0.0.1:9001/a' },
    { name: 'a loopback address as a decimal number', url: 'http://2130706433:9000/a' },
    { name: 'a loopback address with an octal number', url: 'http://0177.0.0.1:9000/a' },
    { name: 'a loopback address with a hexadecimal number', url: 'http://0x7f.0.0.1:9000/a' },
    { name: 'a short loopback address', url: 'http://127.1:9000/a' },
    { name: 'a long IPv6 loopback address', url: 'http://[0:0:0:0:0:0:0:1]:9000/a' },
    { name: 'a host in Punycode', url: 'https://xn--cm-twilio-us1-video-recording-lsd.s3.amazonaws.com/a' },
    { name: 'a full-width letter', url: `https://${BUCKET.replace('c', '\uff43')}/a` },
    { name: 'an upper-case host', url: `https://${BUCKET.toUpperCase()}/a` },
    { name: 'an encoded character in the host', url: `https://${BUCKET.replace('c', '%63')}/a` },
    { name: 'a tab in the scheme', url: `ht\ttps://${BUCKET}/a` },
    { name: 'a line feed in the host', url: `https://${BUCKET}\n.evil.com/a` },
    { name: 'white space around the URL', url: ` https://${BUCKET}/a` },
    { name: 'a line feed in the path', url: `https://${BUCKET}/a\r\nX-Header:b` },
    { name: 'a letter beyond ASCII in the path', url: `https://${BUCKET}/\u00e4` },
    { name: 'more than 4,096 characters', url: `https://${BUCKET}/${'a'.repeat(4_096)}` },
    { name: 'no path', url: `https://${BUCKET}` },
  ])('rejects $name', ({ url }) => {
    expect(parseStorageUrl(url, HOSTS)).toBeUndefined();
  });
});

/** The parts of URLs that parsers read in different ways. */
const PARTS = [
  'https:',
  'http:',
  '//',
  '/',
  '\\\\',
  '@',
  '#',
  '?',
  ':',
  ':443',
  ':9000',
  '.',
  '%2f',
  '%40',
  '\t',
  '\n',
  ' ',
  '\uff0f',
  '\u3002',
  BUCKET,
  'evil.com',
  '127.0.0.1',
  '[::1]',
  'localhost',
  'a',
];

it('parseStorageUrl() accepts a URL of any parts only if every parser finds a listed host', () => {
  const text = array(constantFrom(...PARTS), { maxLength: 8 }).map((parts) => parts.join(''));
  const startingWell = text.map((rest) => `https://${BUCKET}${rest}`);
  const url = oneof(text, startingWell);
  let accepted = 0;
  assert(
    property(url, (candidate) => {
      if (parseStorageUrl(candidate, HOSTS) === undefined) return;
      accepted += 1;
      const { protocol, host, hostname, username, password, hash, href } = new URL(candidate);
      expect([HOSTS.has(host) || HOSTS.has(`${host}:80`), username, password, hash]).toEqual([
        true,
        '',
        '',
        '',
      ]);
      expect(protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)).toBe(true);
      // The text begins as the parser writes it, so nothing was decoded or removed.
      expect(href.startsWith(`${protocol}//${host}`)).toBe(true);
      expect(candidate.startsWith(`${protocol}//${host}`)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});

describe('computeLinkLifetimeMs()', () => {
  const NOW = Date.UTC(2026, 10, 29, 1, 30);
  it.each([
    { name: 'an hour less a minute without parameters', query: '', seconds: 3_540 },
    { name: 'the requested validity less a minute', query: 'X-Amz-Expires=600', seconds: 540 },
    {
      name: 'the rest of the validity of a URL that was signed before',
      query: 'X-Amz-Expires=3600&X-Amz-Date=20261129T010000Z',
      seconds: 1_740,
    },
    {
      name: 'the time until Expires of signature version 2',
      query: `Expires=${NOW / 1_000 + 90}`,
      seconds: 30,
    },
    { name: 'at most an hour less a minute', query: 'X-Amz-Expires=604800', seconds: 3_540 },
    {
      name: 'at most an hour less a minute, if the clock of Twilio is ahead',
      query: 'X-Amz-Expires=3600&X-Amz-Date=20261129T020000Z',
      seconds: 3_540,
    },
    { name: 'nothing of a URL that expires within a minute', query: 'X-Amz-Expires=60', seconds: 0 },
    {
      name: 'nothing of an expired URL',
      query: 'X-Amz-Expires=60&X-Amz-Date=20261129T012800Z',
      seconds: -120,
    },
    {
      name: 'an hour less a minute for parameters that are not numbers and dates',
      query: 'X-Amz-Expires=soon&X-Amz-Date=20261399T999999Z&Expires=-1',
      seconds: 3_540,
    },
  ])('is $name', ({ query, seconds }) => {
    expect(computeLinkLifetimeMs(`https://${BUCKET}/a?${query}`, NOW)).toBe(seconds * 1_000);
  });
});
