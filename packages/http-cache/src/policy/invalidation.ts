/** Methods beside GET and HEAD that change nothing at the origin (RFC 9110 §9.2.1); one that is not known may (RFC 9111 §4.4). */
const SAFE = new Set(['OPTIONS', 'TRACE']);

/**
 * Lists the URLs whose stored answers an unsafe request has made untrue (RFC 9111 §4.4): its own, and those of Location
 * and Content-Location where they are of the same origin; none after an error.
 */
export function invalidatedUrls(method: string, url: string, response: Response): readonly string[] {
  if (SAFE.has(method) || response.status < 200 || response.status > 399) return [];
  const { origin } = new URL(url);
  const urls = [url];
  for (const name of ['location', 'content-location']) {
    const reference = response.headers.get(name);
    if (reference === null || !URL.canParse(reference, url)) continue;
    const target = new URL(reference, url);
    // Of a URL with credentials in it no Request can be made.
    if (target.origin === origin) urls.push(origin + target.pathname + target.search);
  }
  return urls;
}
