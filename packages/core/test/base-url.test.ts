import { describe, expect, it } from 'vitest';
import { checkBaseUrl } from '../src/base-url.ts';

describe('checkBaseUrl', () => {
  it.each([
    ['https://video.twilio.com', 'https://video.twilio.com'],
    ['https://video.twilio.com/', 'https://video.twilio.com'],
    ['https://edge.example.com//', 'https://edge.example.com'],
    ['https://edge.example.com/recordings/', 'https://edge.example.com/recordings'],
    ['https://edge.example.com:8443', 'https://edge.example.com:8443'],
    ['HTTPS://EDGE.EXAMPLE.COM', 'https://edge.example.com'],
    ['http://localhost:8787', 'http://localhost:8787'],
    ['http://127.0.0.1:8787/', 'http://127.0.0.1:8787'],
    ['http://[::1]:8787', 'http://[::1]:8787'],
  ])('takes %s as %s', (baseUrl, base) => {
    expect(checkBaseUrl(baseUrl)).toBe(base);
  });

  it.each([
    ['an empty text', '', 'baseUrl is no absolute URL.'],
    ['a host alone', 'video.twilio.com', 'baseUrl is no absolute URL.'],
    ['a path', '/v1', 'baseUrl is no absolute URL.'],
    ['a user', 'https://user@video.twilio.com', 'baseUrl must not hold credentials: use auth.'],
    ['a password', 'https://:s3cret@video.twilio.com', 'baseUrl must not hold credentials: use auth.'],
    ['a query', 'https://video.twilio.com?a=b', 'baseUrl must not hold a query or a fragment.'],
    ['a fragment', 'https://video.twilio.com#a', 'baseUrl must not hold a query or a fragment.'],
    ['http', 'http://video.twilio.com', 'baseUrl must be https, or http to this machine.'],
    [
      'http to a name like localhost',
      'http://localhost.example.com',
      'baseUrl must be https, or http to this machine.',
    ],
    ['another scheme', 'ftp://localhost', 'baseUrl must be https, or http to this machine.'],
  ])('refuses %s', (_what, baseUrl, message) => {
    expect(() => checkBaseUrl(baseUrl)).toThrow(
      expect.objectContaining({ name: 'RecordingsError', code: 'invalid_request', message }),
    );
  });
});
