import { DEFAULT_CACHE_LIFETIMES, type CacheLifetime } from '../recordings/cache-control.ts';
import type { ConfigVariable, ConfigVariableDoc } from './config-variable.ts';
import { MEDIA_VARIABLE_DOCS } from './media-variable-docs.ts';

/** The documentation of all variables. A variable without documentation is a type error. */
export const CONFIG_VARIABLE_DOCS: Readonly<Record<ConfigVariable, ConfigVariableDoc>> = {
  RECORDINGS_SOURCE: {
    group: 'Source',
    format: '`archive` or `twilio`',
    description: 'The source of the recordings. Without it every read is 503 `misconfigured`.',
    defaultText: 'none, required',
  },
  TWILIO_API_KEY: {
    group: 'Source',
    format: 'SID of an API key',
    description:
      'The API key for calls to Twilio, with `TWILIO_API_SECRET`. With `twilio-token` it is also the key that must have made the tokens.',
  },
  TWILIO_API_SECRET: {
    group: 'Source',
    format: 'text without spaces',
    description: 'The secret of `TWILIO_API_KEY`. It also verifies Twilio tokens.',
  },
  TWILIO_ACCOUNT_SID: {
    group: 'Source',
    format: 'SID of an account',
    description:
      'The account that responses of Twilio and Twilio tokens must belong to. With `TWILIO_AUTH_TOKEN` it authorizes calls to Twilio if no API key is set.',
  },
  TWILIO_AUTH_TOKEN: {
    group: 'Source',
    format: 'text without spaces',
    description: "The account's auth token. It has no effect if an API key is set.",
  },
  TWILIO_BASE_URL: {
    group: 'Source',
    format: 'https origin (http only on loopback)',
    description: 'The API that the source `twilio` reads. The credentials are sent to this origin only.',
  },
  ARCHIVE_PATH: {
    group: 'Source',
    format: 'path',
    description:
      'The SQLite file of the source `archive`, relative to `apps/edge`. A missing file is created. `start:workerd` serves a copy of it; on Cloudflare the D1 binding replaces it.',
  },
  ...MEDIA_VARIABLE_DOCS,
  ACCESS: {
    group: 'Authentication',
    format: '`public`, or any of `twilio-token`, `jwt`, `signed-url`, separated by commas',
    description:
      'The credentials that grant access. A request needs one of them; `public` needs none. Without it every read is 503 `misconfigured`.',
    defaultText: 'none, required',
  },
  TWILIO_TOKEN_ROOM: {
    group: 'Authentication',
    format: '`sid`, `name` or `any`',
    description:
      'The kind of room that a Twilio token grants. `any` accepts SIDs, names and tokens without a room.',
  },
  JWT_JWKS_URL: {
    group: 'Authentication',
    format: 'https URL (http only on loopback)',
    description: 'The JWKS of the issuer. Required with `jwt`.',
  },
  JWT_ISSUER: {
    group: 'Authentication',
    format: 'text',
    description: 'The exact `iss` of the tokens. Required with `jwt`.',
  },
  JWT_AUDIENCE: {
    group: 'Authentication',
    format: 'text',
    description: 'The `aud` that a token must have. With `jwt`, this or `JWT_REQUIRED_CLAIMS` is required.',
  },
  JWT_REQUIRED_CLAIMS: {
    group: 'Authentication',
    format: '`name=value`, separated by commas',
    description:
      'Claims that a token must have, such as `azp=https://app.example.com`. A dot in a name leads into an object. `iss`, `exp`, `nbf` and `iat` are not accepted.',
  },
  JWT_ALGORITHMS: {
    group: 'Authentication',
    format:
      'any of `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384`, `ES512`, `EdDSA`, `Ed25519`, separated by commas',
    description: 'The signature algorithms that are accepted.',
  },
  JWT_ROOM_CLAIM: {
    group: 'Authentication',
    format: 'name of a claim',
    description:
      'The claim that grants rooms: a SID, a list of SIDs, or `*` for all rooms. A dot leads into an object.',
  },
  JWT_HEADER: {
    group: 'Authentication',
    format: 'name of a header',
    description: 'The request header that carries the token of an issuer.',
  },
  URL_SIGNING_KEYS: {
    group: 'Authentication',
    format: '`kid:secret`, separated by commas',
    description:
      'The keys of signed URLs. The first key signs, each key verifies. A secret has at least 32 bytes; `openssl rand -base64 32` makes one. They also sign the media URLs of a timeline, whatever `ACCESS` names.',
    defaultText: 'for media URLs a key that is derived from `TWILIO_API_SECRET` or `TWILIO_AUTH_TOKEN`',
  },
  PUBLIC_URL: {
    group: 'Server and URLs',
    format: 'origin',
    description:
      'The origin in `url`, `links` and the `type` of errors, and of the keys in the Cache API. Set it in production.',
    defaultText:
      'the address of the listener; on Workers the origin of the request, for at most eight origins',
  },
  HOST: {
    group: 'Server and URLs',
    format: 'address',
    description: 'The address to listen on. It has no effect on Cloudflare.',
  },
  PORT: {
    group: 'Server and URLs',
    format: '1 to 65535',
    description: 'The port to listen on. It has no effect on Cloudflare.',
  },
  KEEP_ALIVE_SECONDS: {
    group: 'Server and URLs',
    format: 'seconds, 1 to 255',
    description:
      'The time that an idle connection stays open, on Node and Bun. It must be longer than the idle timeout of a load balancer in front.',
  },
  ALLOWED_ORIGINS: {
    group: 'CORS',
    format: '`*`, or origins separated by commas',
    description:
      'The origins whose pages may read responses, such as `https://app.example.com`, `https://*.example.com` or `capacitor://localhost`.',
  },
  ALLOWED_HEADERS: {
    group: 'CORS',
    format: 'names of headers, separated by commas',
    description:
      'Request headers that pages may send in addition to the common ones and those of tracing SDKs. The header of `CLIENT_IP_HEADER` is not accepted.',
  },
  ALLOW_CREDENTIALS: {
    group: 'CORS',
    format: '`true` or `false`',
    description:
      'Allows pages of the listed origins to send credentials. It needs `ALLOWED_ORIGINS` with names.',
  },
  LIFETIME_PROCESSING: lifetime('processing', 'recordings with the status `processing`'),
  LIFETIME_COMPLETED: lifetime('completed', 'recordings with the status `completed`'),
  LIFETIME_FAILED: lifetime('failed', 'recordings with the status `failed`'),
  LIFETIME_DELETED: lifetime('deleted', 'recordings with the status `deleted`'),
  LIFETIME_NOT_FOUND: lifetime('notFound', 'a 404 of the source'),
  LIFETIME_LIST: lifetime('list', 'lists and timelines of a room in which no recording is processing'),
  STALE_ON_UPSTREAM_AUTH: {
    group: 'Caching',
    format: '`true` or `false`',
    description: 'Serves stale responses also when Twilio rejects the credentials.',
  },
  CACHE_MAX_BYTES: {
    group: 'Caching',
    format: 'bytes, 65536 or more',
    description: 'The memory that stored responses may take.',
  },
  RATE_LIMIT: {
    group: 'Limits',
    format: '`requests/seconds`',
    description:
      'The rate of reads that one client may make, such as `120/60`. On Workers it is not accepted: bind a rate limiter.',
  },
  CLIENT_IP_HEADER: {
    group: 'Limits',
    format: 'name of a header',
    description:
      'The header of a trusted proxy that has the address of the client. `RATE_LIMIT` and the equal shares count by it. On Workers it is not accepted.',
    defaultText: 'the address of the peer',
  },
  HIDDEN_FIELDS: {
    group: 'Output',
    format: 'names of attributes, separated by commas',
    description: 'Attributes that are null in every response, such as `account_sid`.',
  },
  CACHE_STATUS: {
    group: 'Output',
    format: '`true` or `false`',
    description: 'Sends `Cache-Status` (RFC 9211).',
  },
  SERVER_TIMING: {
    group: 'Output',
    format: '`true` or `false`',
    description: 'Sends `Server-Timing`.',
  },
  LOG_LEVEL: {
    group: 'Output',
    format: '`silent`, `error`, `info` or `debug`',
    description: 'The least severe level that is logged.',
  },
};

function lifetime(name: keyof typeof DEFAULT_CACHE_LIFETIMES, subject: string): ConfigVariableDoc {
  return {
    group: 'Caching',
    format: 'three numbers of seconds, `fresh/stale-while-revalidate/stale-if-error`',
    description: `The lifetime of ${subject}.`,
    defaultText: `\`${formatLifetime(DEFAULT_CACHE_LIFETIMES[name])}\``,
  };
}

function formatLifetime({ fresh, whileRevalidate, ifError }: CacheLifetime): string {
  return [fresh, whileRevalidate, ifError].join('/');
}
