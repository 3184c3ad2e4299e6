import { createAuthorize, TOKEN_MISSING, SIGNATURE_MISSING, type Authorize } from '../auth/authorizer.ts';
import { jwtStrategy } from '../auth/jwt.ts';
import type { AuthServices } from './outside.ts';
import type { AuthConfig, AuthStrategyConfig } from '../config/auth-config.ts';
import { signedUrlStrategy } from '../auth/signed-url.ts';
import { twilioTokenStrategy } from '../auth/twilio-token.ts';
import type { AuthStrategy } from '../auth/strategy.ts';

/** The gate of the configured access. */
export function authorizeFromConfig(access: AuthConfig, outside: AuthServices): Authorize {
  if (access === 'public') return () => undefined;
  const takesToken = access.some(({ name }) => name !== 'signed-url');
  return createAuthorize(
    access.map((settings) => openWay(settings, outside)),
    takesToken ? TOKEN_MISSING : SIGNATURE_MISSING,
    outside,
  );
}

function openWay(settings: AuthStrategyConfig, outside: AuthServices): AuthStrategy {
  switch (settings.name) {
    case 'twilio-token':
      return twilioTokenStrategy(settings, outside);
    case 'jwt':
      return jwtStrategy(settings, outside);
    case 'signed-url':
      return signedUrlStrategy(settings, outside.now);
    default:
      return settings satisfies never;
  }
}
