import { basicAuth, type RecordingsAuth } from '@room-recordings/core';
import { ConfigError } from './schemas.ts';

/** The recording source and its credentials. */
export type SourceConfig = ({ readonly name: 'archive' } | ({ readonly name: 'twilio' } & TwilioConfig)) & {
  /** The part of each cache key that separates sources and accounts from each other. */
  readonly scope: readonly string[];
};

/** Twilio's address and the credentials of the edge. */
export interface TwilioConfig {
  /** The origin of Twilio's video API. */
  readonly baseUrl: string;
  /** Creates the Authorization header of each request. */
  readonly auth: RecordingsAuth;
  /** The account that each recording must belong to; undefined if `TWILIO_ACCOUNT_SID` is not set. */
  readonly accountSid: string | undefined;
}

/** The variables that {@link parseSourceConfig} reads. */
interface SourceVariables {
  readonly RECORDINGS_SOURCE?: SourceConfig['name'] | undefined;
  readonly TWILIO_BASE_URL: string;
  readonly TWILIO_API_KEY?: string | undefined;
  readonly TWILIO_API_SECRET?: string | undefined;
  readonly TWILIO_ACCOUNT_SID?: string | undefined;
  readonly TWILIO_AUTH_TOKEN?: string | undefined;
}

/**
 * Selects the recording source and its credentials. An API key takes precedence over the account's own token.
 *
 * @returns undefined if `RECORDINGS_SOURCE` is not set.
 * @throws {ConfigError} if credentials are missing or incomplete.
 */
export function parseSourceConfig(variables: SourceVariables): SourceConfig | undefined {
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
  if (key) throw new ConfigError('TWILIO_API_SECRET is missing: set it, because TWILIO_API_KEY is set.');
  if (secret) throw new ConfigError('TWILIO_API_KEY is missing: set it, because TWILIO_API_SECRET is set.');
  if (account && token) return { ...twilio, auth: basicAuth(account, token) };
  throw new ConfigError(
    'RECORDINGS_SOURCE=twilio requires TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.',
  );
}
