import { RecordingsError } from './errors.ts';
import { parseUrl } from './parse-url.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Checks where a client will send its credentials, and returns it without a trailing slash.
 *
 * @throws {RecordingsError} `invalid_request` for no URL, credentials inside it, a query or a fragment, and for
 * plain http to another machine that was not allowed.
 */
export function normalizeBaseUrl(baseUrl: string, allowHttp: boolean): string {
  const url = parseUrl(baseUrl);
  if (url === undefined) throw refuse('is no absolute URL');
  if (url.username !== '' || url.password !== '') throw refuse('must not hold credentials: use auth');
  // Also an empty one, which URL does not show.
  if (/[?#]/.test(baseUrl)) throw refuse('must not hold a query or a fragment');
  const mayBePlain = allowHttp || LOOPBACK.has(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBePlain)) {
    throw refuse('must be https, or http to this machine, or http with allowHttp');
  }
  return url.href.replace(/\/+$/, '');
}

function refuse(why: string): RecordingsError {
  return new RecordingsError('invalid_request', `baseUrl ${why}.`);
}
