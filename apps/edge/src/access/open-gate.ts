import { gateOf, TOKEN_MISSING, UNSIGNED, type Gate } from './gate.ts';
import { jwtWay } from './jwt.ts';
import type { AccessOutside } from './outside.ts';
import type { AccessSettings, WaySettings } from './settings.ts';
import { signedUrlWay } from './signed-url.ts';
import { twilioTokenWay } from './twilio-token.ts';
import type { Way } from './verdict.ts';

/** The gate of the configured access. */
export function openGate(access: AccessSettings, outside: AccessOutside): Gate {
  if (access === 'public') return () => undefined;
  const takesToken = access.some(({ name }) => name !== 'signed-url');
  return gateOf(
    access.map((settings) => openWay(settings, outside)),
    takesToken ? TOKEN_MISSING : UNSIGNED,
    outside,
  );
}

function openWay(settings: WaySettings, outside: AccessOutside): Way {
  switch (settings.name) {
    case 'twilio-token':
      return twilioTokenWay(settings, outside);
    case 'jwt':
      return jwtWay(settings, outside);
    case 'signed-url':
      return signedUrlWay(settings, outside.now);
    default:
      return settings satisfies never;
  }
}
