import { expect, it } from 'vitest';
import { parseConfig, CONFIG_VARIABLES, ConfigError } from '../../src/config/config.ts';

it.each([
  { name: 'TWILIO_BASE_URL', value: 'http://0.0.0.0:9000', why: 'must be an https origin' },
  { name: 'TWILIO_BASE_URL', value: 'http://127.0.0.1.example.com', why: 'must be an https origin' },
  { name: 'LIFETIME_NOT_FOUND', value: '1/0/0s', why: 'must be three numbers of seconds' },
  { name: 'LIFETIME_NOT_FOUND', value: '1/0/0/0', why: 'must be three numbers of seconds' },
  { name: 'LIFETIME_NOT_FOUND', value: 'x1/0/0', why: 'must be three numbers of seconds' },
  { name: 'CACHE_MAX_BYTES', value: '65535', why: 'must be a number of bytes, 65536 or more' },
  { name: 'CACHE_MAX_BYTES', value: '1e6', why: 'must be a number of bytes, 65536 or more' },
  { name: 'TWILIO_API_SECRET', value: 'two words', why: 'must have no space' },
])('$name=$value stops the start', ({ name, value, why }) => {
  const read = () => parseConfig({ [name]: value });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(`${name} ${why}`);
});

it.each([
  {
    what: 'a page that could choose its own caller',
    variables: { CLIENT_IP_HEADER: 'X-Real-IP', RATE_LIMIT: '600/60', ALLOWED_HEADERS: 'X-App, x-REAL-ip' },
    message:
      'ALLOWED_HEADERS must not have the header of CLIENT_IP_HEADER: a page could choose its own caller.',
  },
  {
    what: 'an API key without its secret beside an account',
    variables: {
      RECORDINGS_SOURCE: 'twilio',
      TWILIO_API_KEY: 'SK1',
      TWILIO_ACCOUNT_SID: 'AC1',
      TWILIO_AUTH_TOKEN: 'x',
    },
    message: 'TWILIO_API_SECRET is missing: TWILIO_API_KEY needs it.',
  },
])('the start stops for $what', ({ variables, message }) => {
  expect(() => parseConfig(variables)).toThrow(new ConfigError(message));
});

it('each setting has one name', () => {
  expect(new Set(CONFIG_VARIABLES).size).toBe(CONFIG_VARIABLES.length);
  expect(CONFIG_VARIABLES).toContain('RECORDINGS_SOURCE');
});
