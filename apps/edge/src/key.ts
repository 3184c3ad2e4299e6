import type { BuildCacheKey } from './routes/router.ts';

/**
 * The version of what is stored. Entries of the Cache API outlive a deployment, so it changes whenever an answer's bytes or
 * fields do; an older edge that is rolled back to then finds its own.
 */
const STORED_VERSION = '2';

/**
 * Makes the keys of the cache, each a URL: the version of what is stored, where it came from, the public origin in it, and
 * both SIDs. Whatever else changes the stored bytes belongs in here; who asks never does.
 *
 * @param scope names the source and the account.
 * @param hiddenFields what the stored bytes do not show, sorted: whoever hides more never finds what showed it.
 */
export function cacheKeyBuilder(
  scope: readonly string[],
  hiddenFields: readonly string[] = [],
): BuildCacheKey {
  const shown = hiddenFields.length === 0 ? scope : [...scope, `without ${hiddenFields.join()}`];
  const prefix = ['https://edge.invalid', STORED_VERSION, ...shown.map(encodeURIComponent)].join('/');
  return ({ roomSid, sid }, publicUrl) => `${prefix}/${encodeURIComponent(publicUrl)}/${roomSid}/${sid}`;
}
