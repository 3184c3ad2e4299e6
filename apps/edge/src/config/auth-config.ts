import type { RecordingsAuth } from '@room-recordings/core';
import type { SigningKey } from '@room-recordings/core/signing';
import type { RequiredClaim } from '../access/required-claims.ts';

/** The ways of access that need a credential. */
export type AuthStrategyName = 'twilio-token' | 'jwt' | 'signed-url';

/** What the room of a Twilio token must be. */
export type TokenRoomRule = 'sid' | 'name' | 'any';

/** Access by Twilio's own token. Secrets are functions, so that printed settings hold none. */
export interface TwilioTokenConfig {
  readonly name: 'twilio-token';
  readonly apiKey: string;
  readonly secret: () => string;
  readonly accountSid: string;
  readonly room: TokenRoomRule;
  /** Where rooms are looked up, and as whom. */
  readonly baseUrl: string;
  readonly auth: RecordingsAuth;
}

/** Access by the token of an issuer that publishes its keys. */
export interface JwtConfig {
  readonly name: 'jwt';
  readonly jwksUrl: string;
  readonly issuer: string;
  /** Undefined if `requiredClaims` names what tells this application's tokens from others. */
  readonly audience: string | undefined;
  readonly requiredClaims: readonly RequiredClaim[];
  readonly algorithms: readonly string[];
  readonly roomClaim: string;
  /** In lower case. */
  readonly header: string;
}

/** Access by a signed URL. */
export interface SignedUrlConfig {
  readonly name: 'signed-url';
  readonly keys: () => readonly SigningKey[];
}

/** One way of access, with what it needs. */
export type AuthStrategyConfig = TwilioTokenConfig | JwtConfig | SignedUrlConfig;

/** Who may read: everyone who can reach the edge, or whom one of the ways lets in. */
export type AuthConfig = 'public' | readonly AuthStrategyConfig[];
