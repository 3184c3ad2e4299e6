import { misconfiguredSettings, readSettings, SettingsError, type Settings } from '../settings.ts';
import { CALLER_HEADER, isRateLimiter } from './rate-limiter.ts';

/**
 * Reads the settings of a Worker. A Worker cannot refuse to start, so an error becomes the `misconfigured` of every read.
 *
 * @param bindings the Worker's variables, its D1 database and its rate limiter.
 */
export function readWorkerSettings({
  DB,
  RATE_LIMITER,
  ...variables
}: Readonly<Record<string, unknown>>): Settings {
  try {
    // First, because elsewhere it needs what does nothing here either.
    if (variables['CLIENT_IP_HEADER']) {
      throw new SettingsError(
        'CLIENT_IP_HEADER does nothing on Workers: Cloudflare itself names the caller.',
      );
    }
    const settings = readSettings(variables);
    const contradiction = findContradiction(settings, { DB, RATE_LIMITER });
    if (contradiction !== undefined) throw new SettingsError(contradiction);
    return { ...settings, clientIpHeader: CALLER_HEADER };
  } catch (fault) {
    if (!(fault instanceof SettingsError)) throw fault;
    return misconfiguredSettings(fault);
  }
}

/** Finds a setting that contradicts a binding, needs one or does nothing on Workers. */
function findContradiction(
  { source, rateLimit }: Settings,
  { DB, RATE_LIMITER }: { readonly DB: unknown; readonly RATE_LIMITER: unknown },
): string | undefined {
  if (source?.name === 'archive' && DB === undefined) {
    return 'RECORDINGS_SOURCE=archive needs the D1 binding DB: deploy with --env archive.';
  }
  if (rateLimit !== undefined) {
    return 'RATE_LIMIT does nothing on Workers: bind RATE_LIMITER by ratelimits in wrangler.jsonc instead.';
  }
  if (RATE_LIMITER !== undefined && !isRateLimiter(RATE_LIMITER)) {
    return 'RATE_LIMITER must be a rate limiter: bind one by ratelimits in wrangler.jsonc.';
  }
  return undefined;
}
