/** The name of a configuration variable. */
export type ConfigVariable =
  | 'RECORDINGS_SOURCE'
  | 'ACCESS'
  | `TWILIO_${'API_KEY' | 'API_SECRET' | 'ACCOUNT_SID' | 'AUTH_TOKEN' | 'BASE_URL' | 'TOKEN_ROOM'}`
  | `JWT_${'JWKS_URL' | 'ISSUER' | 'AUDIENCE' | 'REQUIRED_CLAIMS' | 'ALGORITHMS' | 'ROOM_CLAIM' | 'HEADER'}`
  | 'URL_SIGNING_KEYS'
  | 'PUBLIC_URL'
  | 'HOST'
  | 'PORT'
  | 'KEEP_ALIVE_SECONDS'
  | 'ARCHIVE_PATH'
  | MediaVariable
  | `ALLOWED_${'ORIGINS' | 'HEADERS'}`
  | 'ALLOW_CREDENTIALS'
  | 'HIDDEN_FIELDS'
  | `LIFETIME_${'PROCESSING' | 'COMPLETED' | 'FAILED' | 'DELETED' | 'NOT_FOUND' | 'LIST'}`
  | 'STALE_ON_UPSTREAM_AUTH'
  | 'CACHE_MAX_BYTES'
  | 'CACHE_STATUS'
  | 'SERVER_TIMING'
  | 'RATE_LIMIT'
  | 'CLIENT_IP_HEADER'
  | 'LOG_LEVEL';

/** The name of a variable of media. */
export type MediaVariable = 'MEDIA' | `MEDIA_${'PATH' | 'HOSTS' | 'PIECE' | 'SCAN_MAX' | 'URL_SECONDS'}`;

/** The documentation of one variable, as Markdown. The page on configuration has one row for each variable. */
export interface ConfigVariableDoc {
  readonly group:
    | 'Source'
    | 'Media'
    | 'Authentication'
    | 'Server and URLs'
    | 'CORS'
    | 'Caching'
    | 'Limits'
    | 'Output';
  /** The values that are accepted, with their unit. */
  readonly format: string;
  readonly description: string;
  /** Replaces the default of the schema if the default is not a fixed text. */
  readonly defaultText?: string;
}
