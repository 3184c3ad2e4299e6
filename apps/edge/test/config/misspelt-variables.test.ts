import { describe, expect, it } from 'vitest';
import { describeMisspeltVariables } from '../../src/config/misspelt-variables.ts';
import { CONFIG_VARIABLES } from '../../src/config/config.ts';

describe('describeMisspeltVariables', () => {
  it.each([
    { name: 'a missing letter', variable: 'ALLOWED_ORIGIN', nearest: 'ALLOWED_ORIGINS' },
    { name: 'an additional letter', variable: 'RATE_LIMITS', nearest: 'RATE_LIMIT' },
    { name: 'a replaced letter', variable: 'PUBLIC_URI', nearest: 'PUBLIC_URL' },
    { name: 'swapped letters', variable: 'LOG_LEVLE', nearest: 'LOG_LEVEL' },
    { name: 'two edits in a long name', variable: 'CLIENT_IP_HEDAERS', nearest: 'CLIENT_IP_HEADER' },
    { name: 'one edit in a short name', variable: 'ACCES', nearest: 'ACCESS' },
    { name: 'lower case', variable: 'allowed_origins', nearest: 'ALLOWED_ORIGINS' },
    { name: 'camel case', variable: 'allowedOrigins', nearest: 'ALLOWED_ORIGINS' },
    { name: 'a missing separator', variable: 'LOGLEVEL', nearest: 'LOG_LEVEL' },
    { name: 'other separators', variable: 'jwt-issuer', nearest: 'JWT_ISSUER' },
    { name: 'an abbreviated word', variable: 'JWT_AUD', nearest: 'JWT_AUDIENCE' },
    { name: 'two abbreviated words', variable: 'ALLOW_ORIGIN', nearest: 'ALLOWED_ORIGINS' },
    { name: 'a variable near two settings', variable: 'TWILIO_API_KEYS', nearest: 'TWILIO_API_KEY' },
  ])('names the nearest setting for $name', ({ variable, nearest }) => {
    expect(describeMisspeltVariables(['PATH', variable, 'HOME'])).toEqual([
      `The variable ${variable} is not a setting and has no effect. Did you mean ${nearest}?`,
    ]);
  });

  it.each([
    { name: 'every setting', variables: CONFIG_VARIABLES },
    {
      name: 'variables of shells and systems',
      variables: [
        'PATH',
        'HOME',
        'HOSTNAME',
        'HOSTTYPE',
        'PORTS',
        'POST',
        'HOSTS',
        'LANG',
        'PWD',
        'SHLVL',
        'TMPDIR',
        'TERM',
      ],
    },
    {
      name: 'variables of runtimes',
      variables: ['NODE_ENV', 'NODE_OPTIONS', 'DENO_DIR', 'BUN_INSTALL', 'npm_config_cache', '_'],
    },
    {
      name: 'variables of other programs with a common prefix',
      variables: [
        'TWILIO_PHONE_NUMBER',
        'TWILIO_VERIFY_SERVICE_SID',
        'TWILIO_EDGE',
        'JWT_SECRET',
        'CACHE_URL',
        'LOG_FORMAT',
      ],
    },
    { name: 'names that a shell cannot set', variables: ['RATE LIMIT', 'LOG_LEVEL\n', ''] },
    { name: 'a very long name', variables: [`ALLOWED_ORIGINS${'_'.repeat(60)}`] },
  ])('returns no warning for $name', ({ variables }) => {
    expect(describeMisspeltVariables(variables)).toEqual([]);
  });

  it('returns no warning for the bindings of a Worker', () => {
    expect(describeMisspeltVariables(['DB', 'RATE_LIMITER'], ['DB', 'RATE_LIMITER'])).toEqual([]);
  });
});
