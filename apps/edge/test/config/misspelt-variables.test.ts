import { describe, expect, it } from 'vitest';
import { misspeltVariableWarnings } from '../../src/config/misspelt-variables.ts';
import { CONFIG_VARIABLES } from '../../src/config/config.ts';

describe('a variable that looks like a misspelt setting', () => {
  it.each([
    ['a missing letter', 'ALLOWED_ORIGIN', 'ALLOWED_ORIGINS'],
    ['a letter too much', 'RATE_LIMITS', 'RATE_LIMIT'],
    ['another letter', 'PUBLIC_URI', 'PUBLIC_URL'],
    ['swapped letters', 'LOG_LEVLE', 'LOG_LEVEL'],
    ['two edits of a long name', 'CLIENT_IP_HEDAERS', 'CLIENT_IP_HEADER'],
    ['one edit of a short name', 'ACCES', 'ACCESS'],
    ['lower case', 'allowed_origins', 'ALLOWED_ORIGINS'],
    ['camel case', 'allowedOrigins', 'ALLOWED_ORIGINS'],
    ['a missing separator', 'LOGLEVEL', 'LOG_LEVEL'],
    ['other separators', 'jwt-issuer', 'JWT_ISSUER'],
    ['a word that is cut short', 'JWT_AUD', 'JWT_AUDIENCE'],
    ['words that are cut short', 'ALLOW_ORIGIN', 'ALLOWED_ORIGINS'],
    ['the nearest of two', 'TWILIO_API_KEYS', 'TWILIO_API_KEY'],
  ])('gets a warning with the nearest name: %s', (_what, name, nearest) => {
    expect(misspeltVariableWarnings(['PATH', name, 'HOME'])).toEqual([
      `The variable ${name} is not a setting and has no effect. Did you mean ${nearest}?`,
    ]);
  });

  it.each([
    ['every setting', CONFIG_VARIABLES],
    [
      'variables of shells and systems',
      [
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
    ],
    [
      'variables of runtimes',
      ['NODE_ENV', 'NODE_OPTIONS', 'DENO_DIR', 'BUN_INSTALL', 'npm_config_cache', '_'],
    ],
    [
      'variables of other programs with a common prefix',
      [
        'TWILIO_PHONE_NUMBER',
        'TWILIO_VERIFY_SERVICE_SID',
        'TWILIO_EDGE',
        'JWT_SECRET',
        'CACHE_URL',
        'LOG_FORMAT',
      ],
    ],
    ['a name that no shell could set', ['RATE LIMIT', 'LOG_LEVEL\n', '']],
    ['a very long name', [`ALLOWED_ORIGINS${'_'.repeat(60)}`]],
  ])('is not taken for one: %s', (_what, names) => {
    expect(misspeltVariableWarnings(names)).toEqual([]);
  });

  it('is not a binding of the Worker', () => {
    expect(misspeltVariableWarnings(['DB', 'RATE_LIMITER'], ['DB', 'RATE_LIMITER'])).toEqual([]);
  });
});
