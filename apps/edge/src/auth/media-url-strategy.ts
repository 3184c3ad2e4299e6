import type { MediaSigningKeys } from '../config/media-config.ts';
import { parseMediaUrlClient } from '../media/media-url.ts';
import type { AuthStrategy } from './strategy.ts';
import { createUrlStrategy } from './url-strategy.ts';

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
