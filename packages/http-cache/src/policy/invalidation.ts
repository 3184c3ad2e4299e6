/** Safe methods besides GET and HEAD (RFC 9110 §9.2.1). An unknown method may be unsafe (RFC 9111 §4.4). */
const SAFE_METHODS = new Set(['OPTIONS', 'TRACE']);

/**
 * Returns the URLs whose stored responses an unsafe request invalidates (RFC 9111 §4.4): its own URL, and the URLs in Location and
 * Content-Location that have the same origin. Returns none for a safe method or an error response.
 */
export function invalidatedUrls(method: string, url: string, response: Response): readonly string[] {
  if (SAFE_METHODS.has(method) || response.status < 200 || response.status > 399) return [];
  const { origin } = new URL(url);
  const urls = [url];
  for (const name of ['location', 'content-location']) {
    const reference = response.headers.get(name);
    if (reference === null || !URL.canParse(reference, url)) continue;
    const target = new URL(reference, url);
    // The URL is rebuilt without credentials, because a Request cannot be created from a URL that contains them.
    if (target.origin === origin) urls.push(origin + target.pathname + target.search);
  }
  return urls;
}
