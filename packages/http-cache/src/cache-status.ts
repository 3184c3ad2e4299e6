/** What Cache-Status says of one answer (RFC 9211 §2): a hit, or that the request went on and why. */
export interface CacheStatusParams {
  /** Seconds of freshness left, negative when stale; with a hit alone. */
  readonly ttl?: number;
  /** Why the request went on (RFC 9211 §2.2). */
  readonly fwd?: 'uri-miss' | 'vary-miss' | 'stale' | 'method' | 'partial';
  readonly fwdStatus?: number | undefined;
  readonly stored?: boolean;
  readonly collapsed?: boolean;
  readonly detail?: string | undefined;
}

const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_\x60|~0-9A-Za-z:/]*$/;

/** Writes this cache's member of the list (RFC 9211 §2); `name` has to be serialised already. */
export function formatCacheStatus(name: string, handling: CacheStatusParams): string {
  const { fwd, ttl, fwdStatus, stored, collapsed, detail } = handling;
  let member = fwd === undefined ? `${name}; hit` : `${name}; fwd=${fwd}`;
  if (ttl !== undefined) member += `; ttl=${ttl}`;
  if (fwdStatus !== undefined) member += `; fwd-status=${fwdStatus}`;
  if (stored) member += '; stored';
  if (collapsed) member += '; collapsed';
  if (detail !== undefined) member += `; detail=${serializeItem(detail)}`;
  return member;
}

/** A token where it is one, else a string of RFC 8941 §3.3.3, without what a string cannot hold. */
export function serializeItem(text: string): string {
  if (TOKEN.test(text)) return text;
  return `"${text.replaceAll(/[^ -~]/g, '').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Puts this cache's member behind those of the caches that the answer came through (RFC 9211 §2). */
export function appendCacheStatus(upstream: string, member: string): string {
  return upstream === '' ? member : `${upstream}, ${member}`;
}
