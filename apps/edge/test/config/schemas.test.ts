import { expect, it } from 'vitest';
import { parseConfig, CONFIG_VARIABLES, ConfigError } from '../../src/config/config.ts';

it.each([
  { name: 'TWILIO_BASE_URL', value: 'http://0.0.0.0:9000', rule: 'must be an https origin' },
  { name: 'TWILIO_BASE_URL', value: 'http://127.0.0.1.example.com', rule: 'must be an https origin' },
  { name: 'LIFETIME_NOT_FOUND', value: '1/0/0s', rule: 'must be three numbers of seconds' },
  { name: 'LIFETIME_NOT_FOUND', value: '1/0/0/0', rule: 'must be three numbers of seconds' },
  { name: 'LIFETIME_NOT_FOUND', value: 'x1/0/0', rule: 'must be three numbers of seconds' },
  { name: 'CACHE_MAX_BYTES', value: '65535', rule: 'must be a number of bytes, at least 65536' },
  { name: 'CACHE_MAX_BYTES', value: '1e6', rule: 'must be a number of bytes, at least 65536' },
  { name: 'TWILIO_API_SECRET', value: 'two words', rule: 'must contain only visible ASCII characters' },
])('parseConfig rejects $name=$value', ({ name, value, rule }) => {
  const read = () => parseConfig({ [name]: value });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(`${name} ${rule}`);
});

it.each([
  {
    name: 'a page that could choose its own client address',
    variables: { CLIENT_IP_HEADER: 'X-Real-IP', RATE_LIMIT: '600/60', ALLOWED_HEADERS: 'X-App, x-REAL-ip' },
    message:
      'ALLOWED_HEADERS must not contain the header of CLIENT_IP_HEADER: a page could choose its own client address.',
  },
  {
    name: 'an API key without its secret, even if the account has an auth token',
    variables: {
      RECORDINGS_SOURCE: 'twilio',
      TWILIO_API_KEY: 'SK1',
      TWILIO_ACCOUNT_SID: 'AC1',
      TWILIO_AUTH_TOKEN: 'x',
    },
    message: 'TWILIO_API_SECRET is missing: set it, because TWILIO_API_KEY is set.',
  },
])('parseConfig rejects $name', ({ variables, message }) => {
  expect(() => parseConfig(variables)).toThrow(new ConfigError(message));
});

it('CONFIG_VARIABLES contains each name once', () => {
  expect(new Set(CONFIG_VARIABLES).size).toBe(CONFIG_VARIABLES.length);
  expect(CONFIG_VARIABLES).toContain('RECORDINGS_SOURCE');
});
