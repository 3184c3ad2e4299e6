const APP_ORIGIN = /^(?<scheme>[a-z][a-z\d+.-]*):\/\/[A-Za-z\d._~-]+(?::(?<port>[1-9]\d{0,4}))?$/;

/** Schemes whose origins are an http or https origin, or `null`: a page never has such an origin of its own. */
const OTHER_SCHEMES = new Set(['http', 'https', 'ws', 'wss', 'ftp', 'file']);

/**
 * Checks if a text is the serialized origin of an app's webview or of a browser extension, such as `capacitor://localhost`, `app://.` or
 * `chrome-extension://<id>`. A runtime's URL has no origin but `null` for such schemes, so a grammar decides. The host is opaque, and
 * its case is kept.
 *
 * @see https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
 */
export function isAppOrigin(value: string): boolean {
  const { scheme = '', port = '1' } = APP_ORIGIN.exec(value)?.groups ?? {};
  return scheme !== '' && !OTHER_SCHEMES.has(scheme) && Number(port) <= 65_535;
}
