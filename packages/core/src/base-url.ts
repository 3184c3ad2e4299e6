import { RecordingsError } from './errors.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Checks where a client will send its credentials, and returns it without a trailing slash.
 *
 * @throws {RecordingsError} `invalid_request` for no URL, credentials inside it, or plain http
 * to another machine.
 */
export function checkBaseUrl(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) throw refuse('is no absolute URL');
  const url = new URL(baseUrl);
  if (url.username !== '' || url.password !== '') throw refuse('must not hold credentials: use auth');
  if (url.search !== '' || url.hash !== '') throw refuse('must not hold a query or a fragment');
  const isPrivate = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
  if (!isPrivate) throw refuse('must be https, or http to this machine');
  return url.href.replace(/\/+$/, '');
}

function refuse(why: string): RecordingsError {
  return new RecordingsError('invalid_request', `baseUrl ${why}.`);
}
