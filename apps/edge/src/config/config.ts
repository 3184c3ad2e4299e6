import { basicAuth, type RecordingsAuth } from '@room-recordings/core';
import * as v from 'valibot';
import manifest from '../../package.json' with { type: 'json' };
import type { AllowedOrigins } from '../http/cors.ts';
import type { RequestRate } from '../http/rate-limit.ts';
import type { LogLevel } from '../logging.ts';
import { DEFAULT_CACHE_LIFETIMES, type CacheLifetimes } from '../recordings/cache-control.ts';
import type { HidableField } from '../recordings/serialize.ts';
import {
  parseAuthConfig,
  requiredClaimList,
  accessMode,
  jwksUrl,
  jwtAlgorithms,
  signingKeys,
  tokenRoomRule,
  type AuthConfig,
} from './auth-config.ts';
import { headerNameList, originList } from './cors-schemas.ts';
import {
  accountSid,
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
import type { ConfigVariable } from './variable-docs.ts';

/** The source that recordings come from, with what it needs. */
type SourceSettings = ({ readonly name: 'archive' } | ({ readonly name: 'twilio' } & TwilioConfig)) & {
  /** What tells its answers from another source's or account's, in the keys of the cache. */
  readonly scope: readonly string[];
};

/** All settings, checked once, at the entry. */
export interface Config {
  readonly access: AuthConfig | undefined;
  readonly source: SourceSettings | undefined;
  /** The origin in `url`, `links` and error types; undefined where it was not said. */
  readonly publicUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly allowedOrigins: AllowedOrigins;
  /** Whether pages may read with what the browser holds for this origin. */
  readonly allowCredentials: boolean;
  /** Request headers that pages may send besides the common ones, in lower case. */
  readonly allowedHeaders: readonly string[];
  /** Attributes that are answered as null, sorted. */
  readonly hiddenFields: readonly HidableField[];
  readonly lifetimes: CacheLifetimes;
  /** Whether stale answers may be served when the source refuses the credentials. */
  readonly staleOnUpstreamAuth: boolean;
  /** Bytes of memory that the cache may hold. */
  readonly cacheMaxBytes: number;
  /** Whether Cache-Status is sent. */
  readonly cacheStatus: boolean;
  /** Whether Server-Timing is sent. */
  readonly serverTiming: boolean;
  /** How often one caller may read, outside Workers; undefined where it does not matter. */
  readonly rateLimit: RequestRate | undefined;
  /** The header that names the caller, in lower case; undefined where the peer's address does. */
  readonly clientIpHeader: string | undefined;
  /** Seconds that a connection is kept open between two requests, on Node and Bun. */
  readonly keepAliveSeconds: number;
  readonly archivePath: string;
  readonly logLevel: LogLevel;
  /** What to set before recordings can be read; undefined when all is said. */
  readonly misconfigured: string | undefined;
}

export { ConfigError };

const VARIABLES = v.object({
  RECORDINGS_SOURCE: v.optional(sourceName),
  ACCESS: v.optional(accessMode),
  TWILIO_API_KEY: v.optional(accountSid),
  TWILIO_API_SECRET: v.optional(secret),
  TWILIO_ACCOUNT_SID: v.optional(accountSid),
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
  STALE_ON_UPSTREAM_AUTH: v.optional(trueOrFalse, 'false'),
  CACHE_MAX_BYTES: v.optional(byteSize, '33554432'),
  CACHE_STATUS: v.optional(trueOrFalse, 'true'),
  SERVER_TIMING: v.optional(trueOrFalse, 'false'),
  RATE_LIMIT: v.optional(requestRate),
  CLIENT_IP_HEADER: v.optional(clientIpHeaderName),
  // Load balancers reuse a connection for up to 60 s: the side that closes first must be theirs.
  KEEP_ALIVE_SECONDS: v.optional(keepAliveSeconds, '65'),
  ARCHIVE_PATH: v.optional(text, '.state/archive.db'),
  LOG_LEVEL: v.optional(logLevel, 'info'),
} satisfies Readonly<Record<ConfigVariable, v.GenericSchema<string | undefined, unknown>>>);

type Variables = v.InferOutput<typeof VARIABLES>;

/** Returns the default of each variable as text; undefined for a variable without one. */
export const getConfigDefaults = (): Readonly<Record<string, string | undefined>> => v.getDefaults(VARIABLES);

/** The names of all settings. */
export const CONFIG_VARIABLES: readonly string[] = Object.keys(VARIABLES.entries);

/**
 * Reads the settings from environment variables or Worker bindings; an empty one counts as unsaid.
 *
 * @throws {ConfigError} for a value that cannot be used, for values that contradict each other, and for credentials that
 * are missing.
 */
export function parseConfig(environment: Readonly<Record<string, unknown>>): Config {
  const said = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = v.safeParse(VARIABLES, said);
  if (!result.success) {
    const faults = result.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`);
    throw new ConfigError(`${faults.join('; ')}.`);
  }
  const variables = result.output;
  if (variables.ALLOW_CREDENTIALS) refuseUnlisted(variables.ALLOWED_ORIGINS);
  if (variables.CLIENT_IP_HEADER !== undefined) refuseNameless(variables.CLIENT_IP_HEADER, variables);
  return {
    access: parseAuthConfig(variables),
    source: readSource(variables),
    publicUrl: variables.PUBLIC_URL,
    host: variables.HOST,
    port: variables.PORT,
    allowedOrigins: variables.ALLOWED_ORIGINS,
    allowCredentials: variables.ALLOW_CREDENTIALS,
    allowedHeaders: variables.ALLOWED_HEADERS,
    hiddenFields: variables.HIDDEN_FIELDS,
    lifetimes: readLifetimes(variables),
    staleOnUpstreamAuth: variables.STALE_ON_UPSTREAM_AUTH,
    cacheMaxBytes: variables.CACHE_MAX_BYTES,
    cacheStatus: variables.CACHE_STATUS,
    serverTiming: variables.SERVER_TIMING,
    rateLimit: variables.RATE_LIMIT,
    clientIpHeader: variables.CLIENT_IP_HEADER,
    keepAliveSeconds: variables.KEEP_ALIVE_SECONDS,
    archivePath: variables.ARCHIVE_PATH,
    logLevel: variables.LOG_LEVEL,
    misconfigured: findUnsaid(variables),
  };
}

/** The settings of a Worker that was deployed with unusable ones: it answers, and says what is wrong. */
export function invalidConfig(fault: ConfigError): Config {
  return { ...parseConfig({}), misconfigured: fault.message };
}

/** Credentials are for origins that are named. */
function refuseUnlisted(origins: AllowedOrigins): void {
  const needs = 'ALLOW_CREDENTIALS=true needs ALLOWED_ORIGINS to name origins';
  if (origins === '*') throw new ConfigError(`${needs}: it is *.`);
  if (origins.exact.size + origins.below.length === 0) throw new ConfigError(`${needs}: it names none.`);
}

/** Callers are named by no token: it would be kept as a name, and a new one would make a new caller. */
function refuseNameless(
  header: string,
  { JWT_HEADER: tokenHeader, ALLOWED_HEADERS: allowed }: Variables,
): void {
  if (header === tokenHeader) {
    throw new ConfigError('CLIENT_IP_HEADER and JWT_HEADER must not be the same header: it has the token.');
  }
  if (allowed.includes(header)) {
    throw new ConfigError(
      'ALLOWED_HEADERS must not have the header of CLIENT_IP_HEADER: a page could choose its own caller.',
    );
  }
}

function readSource(variables: Variables): SourceSettings | undefined {
  if (variables.RECORDINGS_SOURCE !== 'twilio') {
    return variables.RECORDINGS_SOURCE && { name: variables.RECORDINGS_SOURCE, scope: ['archive'] };
  }
  const { TWILIO_API_KEY: key, TWILIO_API_SECRET: secret } = variables;
  const { TWILIO_ACCOUNT_SID: account, TWILIO_AUTH_TOKEN: token } = variables;
  const baseUrl = variables.TWILIO_BASE_URL;
  const twilio = {
    name: 'twilio',
    scope: ['twilio', baseUrl, account ?? key ?? ''],
    baseUrl,
    accountSid: account,
  } as const;
  if (key && secret) return { ...twilio, auth: basicAuth(key, secret) };
  if (key) throw new ConfigError('TWILIO_API_SECRET is missing: TWILIO_API_KEY needs it.');
  if (secret) throw new ConfigError('TWILIO_API_KEY is missing: TWILIO_API_SECRET needs it.');
  if (account && token) return { ...twilio, auth: basicAuth(account, token) };
  throw new ConfigError(
    'RECORDINGS_SOURCE=twilio needs TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.',
  );
}

function readLifetimes(variables: Variables): CacheLifetimes {
  return {
    processing: variables.LIFETIME_PROCESSING ?? DEFAULT_CACHE_LIFETIMES.processing,
    completed: variables.LIFETIME_COMPLETED ?? DEFAULT_CACHE_LIFETIMES.completed,
    failed: variables.LIFETIME_FAILED ?? DEFAULT_CACHE_LIFETIMES.failed,
    deleted: variables.LIFETIME_DELETED ?? DEFAULT_CACHE_LIFETIMES.deleted,
    notFound: variables.LIFETIME_NOT_FOUND ?? DEFAULT_CACHE_LIFETIMES.notFound,
    gone: DEFAULT_CACHE_LIFETIMES.gone,
  };
}

function findUnsaid({ ACCESS: access, RECORDINGS_SOURCE: source }: Variables): string | undefined {
  const unsaid = [
    access === undefined ? 'Set ACCESS to public, or to any of twilio-token, jwt and signed-url.' : '',
    source === undefined ? 'Set RECORDINGS_SOURCE to archive or twilio.' : '',
  ].filter((sentence) => sentence !== '');
  return unsaid.length === 0 ? undefined : unsaid.join(' ');
}

/** The edge's version, as released. */
export const VERSION: string = manifest.version;

/** Who the edge is to Twilio, and where that is. */
export interface TwilioConfig {
  readonly baseUrl: string;
  readonly auth: RecordingsAuth;
  /** The account that every answer has to be of; undefined where none was named. */
  readonly accountSid: string | undefined;
}
