import { describe, expect, it } from 'vitest';
import { normalizeBaseUrl } from '../../src/http/url.ts';

const INSECURE = 'baseUrl must be https, or http to this machine, or http with allowInsecureHttp.';

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
    expect(normalizeBaseUrl(baseUrl, false)).toBe(base);
  });

  it.each([
    ['an empty text', '', 'baseUrl must be an absolute URL.'],
    ['a host alone', 'video.twilio.com', 'baseUrl must be an absolute URL.'],
    ['a path', '/v1', 'baseUrl must be an absolute URL.'],
    ['a user', 'https://user@video.twilio.com', 'baseUrl must not contain credentials: use auth.'],
    ['a password', 'https://:s3cret@video.twilio.com', 'baseUrl must not contain credentials: use auth.'],
    ['a query', 'https://video.twilio.com?a=b', 'baseUrl must not contain a query or a fragment.'],
    ['an empty query', 'https://video.twilio.com?', 'baseUrl must not contain a query or a fragment.'],
    ['a fragment', 'https://video.twilio.com#a', 'baseUrl must not contain a query or a fragment.'],
    ['an empty fragment', 'https://video.twilio.com/#', 'baseUrl must not contain a query or a fragment.'],
    ['http', 'http://video.twilio.com', INSECURE],
    ['http to a name like localhost', 'http://localhost.example.com', INSECURE],
    ['another scheme', 'ftp://localhost', INSECURE],
  ])('refuses %s', (_what, baseUrl, message) => {
    expect(() => normalizeBaseUrl(baseUrl, false)).toThrow(
      expect.objectContaining({ name: 'RecordingsError', code: 'invalid_request', message }),
    );
  });

  it('takes http to another machine when that is allowed', () => {
    expect(normalizeBaseUrl('http://edge.internal:8080/', true)).toBe('http://edge.internal:8080');
  });

  it.each([
    ['another scheme', 'ftp://edge.internal', INSECURE],
    ['a password', 'http://:s3cret@edge.internal', 'baseUrl must not contain credentials: use auth.'],
    ['a query', 'http://edge.internal?', 'baseUrl must not contain a query or a fragment.'],
  ])('refuses %s even where http is allowed', (_what, baseUrl, message) => {
    expect(() => normalizeBaseUrl(baseUrl, true)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message }),
    );
  });
});
