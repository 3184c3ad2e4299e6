import { formatOrigin } from '../src/adapters/server.ts';
import { parseConfig, CONFIG_VARIABLES } from '../src/config/config.ts';

/** The non-empty settings by name. */
export type Variables = Readonly<Record<string, string>>;

/** Picks the variables that are settings. An empty variable counts as not set. */
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
  /** The defaults of local development for variables that the environment does not set. */
  readonly defaults: Variables;
  /** The origin of the edge for clients on this machine. */
  readonly origin: string;
}

/**
 * Adds the defaults of local development: an archive with public access for pages of every origin.
 *
 * @param variables the settings in the environment, which take precedence.
 * @throws {ConfigError} for an invalid HOST or PORT.
 */
export function readLocalSettings(variables: Variables): LocalSettings {
  const { HOST = '', PORT = '' } = variables;
  const { host, port } = parseConfig({ HOST, PORT });
  const isWildcard = host === '0.0.0.0' || host === '::';
  const origin = formatOrigin(isWildcard ? '127.0.0.1' : host, port);
  const all = { RECORDINGS_SOURCE: 'archive', ACCESS: 'public', ALLOWED_ORIGINS: '*', PUBLIC_URL: origin };
  const defaults = Object.fromEntries(Object.entries(all).filter(([name]) => variables[name] === undefined));
  return { variables: { ...variables, ...defaults }, defaults, origin };
}
