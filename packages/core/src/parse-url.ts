/**
 * Parses an absolute URL.
 *
 * `URL.canParse` is not used: the polyfill that React Native needs does not have it in every version, nor do older browsers.
 *
 * @returns undefined if the text is not an absolute URL.
 */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
