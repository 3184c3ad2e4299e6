import * as v from 'valibot';
import manifest from '../../package.json' with { type: 'json' };
import type { AllowedOrigins } from '../http/cors.ts';
import type { RequestRate } from '../http/rate-limit.ts';
import type { LogLevel } from '../logging.ts';
import { DEFAULT_CACHE_LIFETIMES, type CacheLifetimes } from '../recordings/cache-control.ts';
import type { HidableField } from '../recordings/serialize.ts';
import {
  requiredClaimList,
  accessMode,
  jwksUrl,
  jwtAlgorithms,
  signingKeys,
  tokenRoomRule,
  parseAuthConfig,
  type AuthConfig,
} from './auth-config.ts';
import type { ConfigVariable } from './config-variable.ts';
import { headerNameList, originList } from './cors-schemas.ts';
import {
  MEDIA_SCHEMAS,
  parseMediaConfig,
  selectMediaSigningKeys,
  type MediaConfig,
  type MediaSigningKeys,
} from './media-config.ts';
import {
  twilioSid,
  secureOrigin,
  byteSize,
  clientIpHeaderName,
  hiddenFieldList,
  keepAliveSeconds,
  cacheLifetime,
  logLevel,
  portNumber,
  publicOrigin,
  requestRate,
  secret,
  sourceName,
  trueOrFalse,
  text,
  tokenHeaderName,
  nonBlankText,
  ConfigError,
} from './schemas.ts';
import { parseSourceConfig, type SourceConfig } from './source-config.ts';

/** All settings, validated once when the edge starts. */
export interface Config {
  /** How clients authenticate; undefined if `ACCESS` is not set. */
  readonly access: AuthConfig | undefined;
  /** The recording source; undefined if `RECORDINGS_SOURCE` is not set. */
  readonly source: SourceConfig | undefined;
  /** The origin in `url`, `links` and error types; undefined if `PUBLIC_URL` is not set. */
  readonly publicUrl: string | undefined;
  /** The address that a server listens on. */
  readonly host: string;
  /** The TCP port that a server listens on. */
  readonly port: number;
  /** The origins whose pages may read responses. */
  readonly allowedOrigins: AllowedOrigins;
  /** Whether pages may send credentials, such as cookies of this origin. */
  readonly allowCredentials: boolean;
  /** Request headers that pages may send besides the built-in ones, in lower case. */
  readonly allowedHeaders: readonly string[];
  /** Attributes whose value is null in each response, sorted. */
  readonly hiddenFields: readonly HidableField[];
  /** The cache lifetimes by the status of a recording. */
  readonly lifetimes: CacheLifetimes;
  /** Whether the edge may serve stale responses while the source rejects its credentials. */
  readonly staleOnUpstreamAuth: boolean;
  /** Bytes of memory that the cache may use. */
  readonly cacheMaxBytes: number;
  /** Whether responses have a Cache-Status header. */
  readonly cacheStatus: boolean;
  /** Whether responses have a Server-Timing header. */
  readonly serverTiming: boolean;
  /** Requests that one client may send, outside Workers; undefined for no limit. */
  readonly rateLimit: RequestRate | undefined;
  /** The header that contains the client address, in lower case; undefined for the address of the connection. */
  readonly clientIpHeader: string | undefined;
  /** Seconds that an idle connection is kept open, on Node and Bun. */
  readonly keepAliveSeconds: number;
  /** The archive's SQLite file; a relative path starts at apps/edge. */
  readonly archivePath: string;
  /** How media is served. */
  readonly media: MediaConfig;
  /** The keys of media URLs; undefined if no secret is set that could sign them. */
  readonly mediaSigningKeys: MediaSigningKeys | undefined;
  /** The lowest level that is logged. */
  readonly logLevel: LogLevel;
  /** Sentences with the settings that are missing or invalid; undefined if recordings can be read. */
  readonly misconfigured: string | undefined;
}

export { ConfigError };

/** The environment variables of the edge, with their defaults. */
const environmentSchema = v.object({
  RECORDINGS_SOURCE: v.optional(sourceName),
  ACCESS: v.optional(accessMode),
  TWILIO_API_KEY: v.optional(twilioSid),
  TWILIO_API_SECRET: v.optional(secret),
  TWILIO_ACCOUNT_SID: v.optional(twilioSid),
  TWILIO_AUTH_TOKEN: v.optional(secret),
  TWILIO_BASE_URL: v.optional(secureOrigin, 'https://video.twilio.com'),
  TWILIO_TOKEN_ROOM: v.optional(tokenRoomRule, 'sid'),
  JWT_JWKS_URL: v.optional(jwksUrl),
  JWT_ISSUER: v.optional(nonBlankText),
  JWT_AUDIENCE: v.optional(nonBlankText),
  JWT_REQUIRED_CLAIMS: v.optional(requiredClaimList),
  JWT_ALGORITHMS: v.optional(jwtAlgorithms, 'RS256,ES256'),
  JWT_ROOM_CLAIM: v.optional(text, 'room_sid'),
  JWT_HEADER: v.optional(tokenHeaderName, 'Authorization'),
  URL_SIGNING_KEYS: v.optional(signingKeys),
  PUBLIC_URL: v.optional(publicOrigin),
  HOST: v.optional(text, '127.0.0.1'),
  PORT: v.optional(portNumber, '8787'),
  ALLOWED_ORIGINS: v.optional(originList, ''),
  ALLOW_CREDENTIALS: v.optional(trueOrFalse, 'false'),
  ALLOWED_HEADERS: v.optional(headerNameList, ''),
  HIDDEN_FIELDS: v.optional(hiddenFieldList, ''),
  LIFETIME_PROCESSING: v.optional(cacheLifetime),
  LIFETIME_COMPLETED: v.optional(cacheLifetime),
  LIFETIME_FAILED: v.optional(cacheLifetime),
  LIFETIME_DELETED: v.optional(cacheLifetime),
  LIFETIME_NOT_FOUND: v.optional(cacheLifetime),
  LIFETIME_LIST: v.optional(cacheLifetime),
  STALE_ON_UPSTREAM_AUTH: v.optional(trueOrFalse, 'false'),
  CACHE_MAX_BYTES: v.optional(byteSize, '33554432'),
  CACHE_STATUS: v.optional(trueOrFalse, 'true'),
  SERVER_TIMING: v.optional(trueOrFalse, 'false'),
  RATE_LIMIT: v.optional(requestRate),
  CLIENT_IP_HEADER: v.optional(clientIpHeaderName),
  // Load balancers reuse an idle connection for up to 60 s, and they must close it before the edge does.
  KEEP_ALIVE_SECONDS: v.optional(keepAliveSeconds, '65'),
  ARCHIVE_PATH: v.optional(text, '.state/archive.db'),
  ...MEDIA_SCHEMAS,
  LOG_LEVEL: v.optional(logLevel, 'info'),
} satisfies Readonly<Record<ConfigVariable, v.GenericSchema<string | undefined, unknown>>>);

/** The parsed environment variables. */
type EnvironmentVariables = v.InferOutput<typeof environmentSchema>;

/** Returns the default of each variable as text; undefined for a variable without one. */
export const getConfigDefaults = (): Readonly<Record<string, string | undefined>> =>
  v.getDefaults(environmentSchema);

/** The names of all settings. */
export const CONFIG_VARIABLES: readonly string[] = Object.keys(environmentSchema.entries);

/**
 * Parses environment variables or Worker bindings. An empty variable counts as not set.
 *
 * @throws {ConfigError} if a value is invalid, if two values contradict each other, or if credentials are missing.
 */
export function parseConfig(environment: Readonly<Record<string, unknown>>): Config {
  const nonEmpty = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = v.safeParse(environmentSchema, nonEmpty);
  if (!result.success) {
    const errors = result.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`);
    throw new ConfigError(`${errors.join('; ')}.`);
  }
  const variables = result.output;
  if (variables.ALLOW_CREDENTIALS) checkOriginsListed(variables.ALLOWED_ORIGINS);
  if (variables.CLIENT_IP_HEADER !== undefined) checkClientIpHeader(variables.CLIENT_IP_HEADER, variables);
  return {
    access: parseAuthConfig(variables),
    source: parseSourceConfig(variables),
    publicUrl: variables.PUBLIC_URL,
    host: variables.HOST,
    port: variables.PORT,
    allowedOrigins: variables.ALLOWED_ORIGINS,
    allowCredentials: variables.ALLOW_CREDENTIALS,
    allowedHeaders: variables.ALLOWED_HEADERS,
    hiddenFields: variables.HIDDEN_FIELDS,
    lifetimes: toCacheLifetimes(variables),
    staleOnUpstreamAuth: variables.STALE_ON_UPSTREAM_AUTH,
    cacheMaxBytes: variables.CACHE_MAX_BYTES,
    cacheStatus: variables.CACHE_STATUS,
    serverTiming: variables.SERVER_TIMING,
    rateLimit: variables.RATE_LIMIT,
    clientIpHeader: variables.CLIENT_IP_HEADER,
    keepAliveSeconds: variables.KEEP_ALIVE_SECONDS,
    archivePath: variables.ARCHIVE_PATH,
    media: parseMediaConfig(variables),
    mediaSigningKeys: selectMediaSigningKeys(variables),
    logLevel: variables.LOG_LEVEL,
    misconfigured: describeMissingVariables(variables),
  };
}

/** Creates the config of a Worker whose settings are invalid: it starts, and its responses contain the error message. */
export function createInvalidConfig(error: ConfigError): Config {
  return { ...parseConfig({}), misconfigured: error.message };
}

/** Rejects credentials for every origin, or for none. */
function checkOriginsListed(origins: AllowedOrigins): void {
  const rule = 'ALLOW_CREDENTIALS=true requires a list of origins';
  if (origins === '*') throw new ConfigError(`${rule}: replace the * in ALLOWED_ORIGINS.`);
  if (origins.exact.size + origins.subdomainSuffixes.length === 0) {
    throw new ConfigError(`${rule}: set ALLOWED_ORIGINS.`);
  }
}

/** Rejects the token's header: the edge would keep tokens as client addresses, and each new token would be a new client. */
function checkClientIpHeader(
  header: string,
  { JWT_HEADER: tokenHeader, ALLOWED_HEADERS: allowed }: EnvironmentVariables,
): void {
  if (header === tokenHeader) {
    throw new ConfigError(
      'CLIENT_IP_HEADER and JWT_HEADER must not be the same header: a token is not a client address.',
    );
  }
  if (allowed.includes(header)) {
    throw new ConfigError(
      'ALLOWED_HEADERS must not contain the header of CLIENT_IP_HEADER: a page could choose its own client address.',
    );
  }
}

function toCacheLifetimes(variables: EnvironmentVariables): CacheLifetimes {
  return {
    processing: variables.LIFETIME_PROCESSING ?? DEFAULT_CACHE_LIFETIMES.processing,
    completed: variables.LIFETIME_COMPLETED ?? DEFAULT_CACHE_LIFETIMES.completed,
    failed: variables.LIFETIME_FAILED ?? DEFAULT_CACHE_LIFETIMES.failed,
    deleted: variables.LIFETIME_DELETED ?? DEFAULT_CACHE_LIFETIMES.deleted,
    notFound: variables.LIFETIME_NOT_FOUND ?? DEFAULT_CACHE_LIFETIMES.notFound,
    gone: DEFAULT_CACHE_LIFETIMES.gone,
    list: variables.LIFETIME_LIST ?? DEFAULT_CACHE_LIFETIMES.list,
  };
}

function describeMissingVariables({
  ACCESS: access,
  RECORDINGS_SOURCE: source,
}: EnvironmentVariables): string | undefined {
  const sentences = [
    access === undefined ? 'Set ACCESS to public, or to any of twilio-token, jwt and signed-url.' : '',
    source === undefined ? 'Set RECORDINGS_SOURCE to archive or twilio.' : '',
  ].filter((sentence) => sentence !== '');
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** The version of the edge. */
export const VERSION: string = manifest.version;
