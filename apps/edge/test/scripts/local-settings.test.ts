import { describe, expect, it } from 'vitest';
import { pickSettings, readLocalSettings } from '../../scripts/local-settings.ts';
import { parseStartArguments } from '../../scripts/start-arguments.ts';
import { ConfigError } from '../../src/config/config.ts';

const DEFAULTS = {
  RECORDINGS_SOURCE: 'archive',
  ACCESS: 'public',
  ALLOWED_ORIGINS: '*',
  PUBLIC_URL: 'http://127.0.0.1:8787',
};

describe('pickSettings()', () => {
  it('drops variables that are not settings, and empty ones', () => {
    const environment = { HOME: '/root', PORT: '1', ACCESS: '', HOST: undefined };
    expect(pickSettings(environment)).toEqual({ PORT: '1' });
  });
});

describe('readLocalSettings()', () => {
  it('serves an archive to everyone and to pages of every origin if nothing is set', () => {
    expect(readLocalSettings({})).toEqual({
      variables: DEFAULTS,
      defaults: DEFAULTS,
      origin: 'http://127.0.0.1:8787',
    });
  });

  it.each([
    ['RECORDINGS_SOURCE', 'twilio'],
    ['ACCESS', 'jwt'],
    ['ALLOWED_ORIGINS', 'https://app.example.com'],
    ['PUBLIC_URL', 'https://recordings.example.com'],
  ])('keeps the %s of the environment', (name, value) => {
    const { [name]: _, ...defaults } = { ...DEFAULTS } as Record<string, string>;
    const local = readLocalSettings({ [name]: value });
    expect(local.variables).toEqual({ ...DEFAULTS, [name]: value });
    expect(local.defaults).toEqual(defaults);
  });

  it('keeps settings without a default of local development', () => {
    const { variables } = readLocalSettings({ ALLOW_CREDENTIALS: 'true', RATE_LIMIT: '1/1' });
    expect(variables).toEqual({ ...DEFAULTS, ALLOW_CREDENTIALS: 'true', RATE_LIMIT: '1/1' });
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:4321'],
    ['0.0.0.0', 'http://127.0.0.1:4321'],
    ['::', 'http://127.0.0.1:4321'],
    ['::1', 'http://[::1]:4321'],
  ])('links to an origin that this machine reaches: HOST=%s', (HOST, origin) => {
    const local = readLocalSettings({ HOST, PORT: '4321' });
    expect([local.origin, local.variables['PUBLIC_URL']]).toEqual([origin, origin]);
  });

  it('throws a SettingsError for an invalid port', () => {
    expect(() => readLocalSettings({ PORT: 'http' })).toThrow(ConfigError);
  });
});

describe('parseStartArguments()', () => {
  it.each([
    ['nothing', [], { isHelp: false, folder: undefined }],
    ['--help', ['--help'], { isHelp: true, folder: undefined }],
    ['-h', ['-h'], { isHelp: true, folder: undefined }],
    ['the separator of pnpm', ['--', '--help'], { isHelp: true, folder: undefined }],
    ['--folder', ['--folder', 'a b'], { isHelp: false, folder: 'a b' }],
  ])('parses %s', (_what, args, parsed) => {
    expect(parseStartArguments(args)).toEqual(parsed);
  });

  it.each([
    ['an unknown option', ['--hlep'], 'The argument "--hlep" is unknown: see "pnpm start --help".'],
    ['a folder without --folder', ['data'], 'The argument "data" is unknown: see "pnpm start --help".'],
    ['--folder without a path', ['--folder'], 'The argument --folder needs a path: see "pnpm start --help".'],
    [
      '--folder before another option',
      ['--folder', '--help'],
      'The argument --folder needs a path: see "pnpm start --help".',
    ],
  ])('throws one line for %s', (_what, args, message) => {
    expect(() => parseStartArguments(args)).toThrow(message);
  });
});
