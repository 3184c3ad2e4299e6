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
  it('serves an archive with public access to pages of every origin if no variable is set', () => {
    expect(readLocalSettings({})).toEqual({
      variables: DEFAULTS,
      defaults: DEFAULTS,
      origin: 'http://127.0.0.1:8787',
    });
  });

  it.each([
    { name: 'RECORDINGS_SOURCE', value: 'twilio' },
    { name: 'ACCESS', value: 'jwt' },
    { name: 'ALLOWED_ORIGINS', value: 'https://app.example.com' },
    { name: 'PUBLIC_URL', value: 'https://recordings.example.com' },
  ])('keeps the $name of the environment', ({ name, value }) => {
    const { [name]: _, ...defaults } = { ...DEFAULTS } as Record<string, string>;
    const local = readLocalSettings({ [name]: value });
    expect(local.variables).toEqual({ ...DEFAULTS, [name]: value });
    expect(local.defaults).toEqual(defaults);
  });

  it('keeps settings that do not have a default of local development', () => {
    const { variables } = readLocalSettings({ ALLOW_CREDENTIALS: 'true', RATE_LIMIT: '1/1' });
    expect(variables).toEqual({ ...DEFAULTS, ALLOW_CREDENTIALS: 'true', RATE_LIMIT: '1/1' });
  });

  it.each([
    { HOST: '127.0.0.1', origin: 'http://127.0.0.1:4321' },
    { HOST: '0.0.0.0', origin: 'http://127.0.0.1:4321' },
    { HOST: '::', origin: 'http://127.0.0.1:4321' },
    { HOST: '::1', origin: 'http://[::1]:4321' },
  ])('returns an origin that works on this machine for HOST=$HOST', ({ HOST, origin }) => {
    const local = readLocalSettings({ HOST, PORT: '4321' });
    expect([local.origin, local.variables['PUBLIC_URL']]).toEqual([origin, origin]);
  });

  it('throws a ConfigError for an invalid port', () => {
    expect(() => readLocalSettings({ PORT: 'http' })).toThrow(ConfigError);
  });
});

describe('parseStartArguments()', () => {
  it.each([
    { name: 'no arguments', args: [], parsed: { isHelp: false, folder: undefined } },
    { name: '--help', args: ['--help'], parsed: { isHelp: true, folder: undefined } },
    { name: '-h', args: ['-h'], parsed: { isHelp: true, folder: undefined } },
    {
      name: 'the separator of pnpm',
      args: ['--', '--help'],
      parsed: { isHelp: true, folder: undefined },
    },
    { name: '--folder', args: ['--folder', 'a b'], parsed: { isHelp: false, folder: 'a b' } },
  ])('parses $name', ({ args, parsed }) => {
    expect(parseStartArguments(args)).toEqual(parsed);
  });

  it.each([
    {
      name: 'an unknown option',
      args: ['--hlep'],
      message: 'The argument "--hlep" is unknown. Run "pnpm start --help" for a list.',
    },
    {
      name: 'a folder without --folder',
      args: ['data'],
      message: 'The argument "data" is unknown. Run "pnpm start --help" for a list.',
    },
    {
      name: '--folder without a path',
      args: ['--folder'],
      message: 'The argument --folder requires a path, such as --folder data.',
    },
    {
      name: '--folder before another option',
      args: ['--folder', '--help'],
      message: 'The argument --folder requires a path, such as --folder data.',
    },
  ])('throws one line for $name', ({ args, message }) => {
    expect(() => parseStartArguments(args)).toThrow(message);
  });
});
