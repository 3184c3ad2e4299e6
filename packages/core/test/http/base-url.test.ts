import { describe, expect, it } from 'vitest';
import { normalizeBaseUrl } from '../../src/http/url.ts';

const INSECURE = 'baseUrl must be https, or http to this machine, or http with allowInsecureHttp.';

describe('`normalizeBaseUrl()`', () => {
  it.each([
    { baseUrl: 'https://video.twilio.com', base: 'https://video.twilio.com' },
    { baseUrl: 'https://video.twilio.com/', base: 'https://video.twilio.com' },
    { baseUrl: 'https://edge.example.com//', base: 'https://edge.example.com' },
    { baseUrl: 'https://edge.example.com/recordings/', base: 'https://edge.example.com/recordings' },
    { baseUrl: 'https://edge.example.com:8443', base: 'https://edge.example.com:8443' },
    { baseUrl: 'HTTPS://EDGE.EXAMPLE.COM', base: 'https://edge.example.com' },
    { baseUrl: 'http://localhost:8787', base: 'http://localhost:8787' },
    { baseUrl: 'http://127.0.0.1:8787/', base: 'http://127.0.0.1:8787' },
    { baseUrl: 'http://[::1]:8787', base: 'http://[::1]:8787' },
  ])('converts $baseUrl to $base', ({ baseUrl, base }) => {
    expect(normalizeBaseUrl(baseUrl, false)).toBe(base);
  });

  it.each([
    { name: 'an empty string', baseUrl: '', message: 'baseUrl must be an absolute URL.' },
    { name: 'a host alone', baseUrl: 'video.twilio.com', message: 'baseUrl must be an absolute URL.' },
    { name: 'a path', baseUrl: '/v1', message: 'baseUrl must be an absolute URL.' },
    {
      name: 'a user',
      baseUrl: 'https://user@video.twilio.com',
      message: 'baseUrl must not contain credentials: use auth.',
    },
    {
      name: 'a password',
      baseUrl: 'https://:s3cret@video.twilio.com',
      message: 'baseUrl must not contain credentials: use auth.',
    },
    {
      name: 'a query',
      baseUrl: 'https://video.twilio.com?a=b',
      message: 'baseUrl must not contain a query or a fragment.',
    },
    {
      name: 'an empty query',
      baseUrl: 'https://video.twilio.com?',
      message: 'baseUrl must not contain a query or a fragment.',
    },
    {
      name: 'a fragment',
      baseUrl: 'https://video.twilio.com#a',
      message: 'baseUrl must not contain a query or a fragment.',
    },
    {
      name: 'an empty fragment',
      baseUrl: 'https://video.twilio.com/#',
      message: 'baseUrl must not contain a query or a fragment.',
    },
    { name: 'http', baseUrl: 'http://video.twilio.com', message: INSECURE },
    { name: 'http to a subdomain of localhost', baseUrl: 'http://localhost.example.com', message: INSECURE },
    { name: 'another scheme', baseUrl: 'ftp://localhost', message: INSECURE },
  ])('rejects $name', ({ baseUrl, message }) => {
    expect(() => normalizeBaseUrl(baseUrl, false)).toThrow(
      expect.objectContaining({ name: 'RecordingsError', code: 'invalid_request', message }),
    );
  });

  it('accepts http to another machine with allowInsecureHttp', () => {
    expect(normalizeBaseUrl('http://edge.internal:8080/', true)).toBe('http://edge.internal:8080');
  });

  it.each([
    { name: 'another scheme', baseUrl: 'ftp://edge.internal', message: INSECURE },
    {
      name: 'a password',
      baseUrl: 'http://:s3cret@edge.internal',
      message: 'baseUrl must not contain credentials: use auth.',
    },
    {
      name: 'a query',
      baseUrl: 'http://edge.internal?',
      message: 'baseUrl must not contain a query or a fragment.',
    },
  ])('rejects $name with allowInsecureHttp too', ({ baseUrl, message }) => {
    expect(() => normalizeBaseUrl(baseUrl, true)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message }),
    );
  });
});
