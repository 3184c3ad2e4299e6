import type { SignedUrlConfig } from '../config/auth-config.ts';
import type { MediaSigningKeys } from '../config/media-config.ts';
import { parseMediaUrlClient } from '../media/media-url.ts';
import { LIST_PARAMETERS, SIGNATURE_PARAMETERS } from '../recordings/list-query.ts';
import type { ReadTarget } from '../routes/router.ts';
import { signedUrlFingerprint, type AuthStrategy } from './strategy.ts';
import { createUrlStrategy } from './url-strategy.ts';

/** Query parameters that only signed URLs have. */
const SIGNATURE_PARAMETER = /[?&](?:kid|expires|signature)=/;

/** The parameters of each resource. The signature of a recording or of a room does not cover them, and the route validates them. */
const ROUTE_PARAMETERS: Readonly<Record<ReadTarget['kind'], readonly string[]>> = {
  recording: [],
  media: ['format'],
  list: LIST_PARAMETERS,
  timeline: [],
};

/**
 * Creates the strategy for URLs that the operator's backend signed. The signature of a path covers the path as it was sent, and its query.
 * The signature of a recording also opens its media, and the signature of a room opens everything below the room.
 *
 * @param now milliseconds since 1970.
 */
export function createSignedUrlStrategy(config: SignedUrlConfig, now: () => number): AuthStrategy {
  const keys = config.keys();
  return createUrlStrategy({
    keys: async () => keys,
    identify: ({ search }) => (SIGNATURE_PARAMETER.test(search) ? signedUrlFingerprint(search) : undefined),
    opensBelow: ({ kind, search }) => {
      const allowed = new Set([...SIGNATURE_PARAMETERS, ...ROUTE_PARAMETERS[kind]]);
      // Names are not decoded, as in the signature: another spelling is another parameter.
      return search
        .slice(1)
        .split('&')
        .every((member) => allowed.has(member.split('=', 1).join('')));
    },
    now,
  });
}

/**
 * Creates the strategy for the media URLs that this edge signed. Their keys may be those of the operator's backend, so the signature of
 * a recording or of a room is rejected here: the setting `ACCESS` alone decides about those.
 *
 * @param now milliseconds since 1970.
 */
export function createMediaUrlStrategy(keys: MediaSigningKeys, now: () => number): AuthStrategy {
  return createUrlStrategy({
    keys,
    identify: ({ kind, search }) => (kind === 'media' ? parseMediaUrlClient(search) : undefined),
    opensBelow: () => false,
    now,
  });
}
