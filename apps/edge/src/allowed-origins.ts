/** Who may read across origins: everyone, or those that are listed. */
export type AllowedOrigins = '*' | ListedOrigins;

/** Serialised origins, and domains that every https origin below may read from. */
interface ListedOrigins {
  readonly exact: ReadonlySet<string>;
  /** What such a host ends with, the dot included: `.example.com` stands for `https://*.example.com`. */
  readonly below: readonly string[];
}

const SCHEME = 'https://';

/** Of a host, in characters, as DNS has it; what is longer is no origin of a browser. */
const LONGEST_HOST = 253;

/**
 * Labels with dots between them. A browser may also put signs into a host that no name in DNS should have, and which some
 * server in front may read as the host's end: they open nothing.
 */
const LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/**
 * Whether an origin is below a listed domain, by one label or more. The domain is compared as text, so that no sign in it
 * means anything but itself, and port, user and path of whatever was sent have no place in the labels.
 */
export function isSubdomainOrigin(domains: readonly string[], origin: string): boolean {
  if (!origin.startsWith(SCHEME) || origin.length > SCHEME.length + LONGEST_HOST) return false;
  return domains.some(
    (domain) => origin.endsWith(domain) && LABELS.test(origin.slice(SCHEME.length, -domain.length)),
  );
}
