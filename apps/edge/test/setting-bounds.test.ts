import { expect, it } from 'vitest';
import { readSettings, SettingsError } from '../src/settings.ts';

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
  const read = () => readSettings({ [name]: value });
  expect(read).toThrow(SettingsError);
  expect(read).toThrow(`${name} ${why}`);
});
