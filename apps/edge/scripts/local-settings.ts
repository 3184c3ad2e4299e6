import { formatOrigin } from '../src/adapters/server.ts';
import { parseConfig, CONFIG_VARIABLES } from '../src/config/config.ts';

/** Settings by name; none of them is empty. */
export type Variables = Readonly<Record<string, string>>;

/** Picks the variables that are settings; an empty one counts as unset. */
export function pickSettings(environment: Readonly<Record<string, string | undefined>>): Variables {
  return Object.fromEntries(
    CONFIG_VARIABLES.flatMap((name) => {
      const value = environment[name];
      return value ? [[name, value] as const] : [];
    }),
  );
}

/** The settings of `pnpm start`. */
export interface LocalSettings {
  readonly variables: Variables;
  /** Those that the environment leaves to local development. */
  readonly defaults: Variables;
  /** The origin at which this machine reaches the edge. */
  readonly origin: string;
}

/**
 * Adds the defaults of local development: an archive that everyone may read, from pages of every origin.
 *
 * @param set the settings that the environment has; each of them wins.
 * @throws {SettingsError} for an invalid HOST or PORT.
 */
export function readLocalSettings(set: Variables): LocalSettings {
  const { HOST = '', PORT = '' } = set;
  const { host, port } = parseConfig({ HOST, PORT });
  const isAnywhere = host === '0.0.0.0' || host === '::';
  const origin = formatOrigin(isAnywhere ? '127.0.0.1' : host, port);
  const all = { RECORDINGS_SOURCE: 'archive', ACCESS: 'public', ALLOWED_ORIGINS: '*', PUBLIC_URL: origin };
  const defaults = Object.fromEntries(Object.entries(all).filter(([name]) => set[name] === undefined));
  return { variables: { ...set, ...defaults }, defaults, origin };
}
