import { RecordingsError } from '@room-recordings/core';
import type { PagePosition } from '../recordings/recording-source.ts';

/** The number of a page: at most nine digits, without leading zeros. */
const PAGE_NUMBER = /^(?:0|[1-9]\d{0,8})$/;

/** The characters of known tokens, and the maximum length. Other characters would separate parameters in a query. */
const PAGE_TOKEN = /^[\w.~:=+/,|@!*-]{1,512}$/;

/** Returns whether a text is a value of `Page`. */
export function isPageNumber(text: string): boolean {
  return PAGE_NUMBER.test(text);
}

/** Returns whether a text can be a value of `PageToken`. Only the source knows whether the token is valid. */
export function isPageToken(text: string): boolean {
  return PAGE_TOKEN.test(text);
}

/**
 * Parses the position of a page from its URL at Twilio. Nothing else of the URL is used: its host is not this edge, and its filters are
 * those of the request.
 *
 * @returns null without a URL.
 * @throws {RecordingsError} invalid_response: the URL has no valid position.
 */
export function parsePagePosition(url: string | null): PagePosition | null {
  if (url === null) return null;
  const parameters = new URL(url).searchParams;
  const [page = '0', ...otherPages] = parameters.getAll('Page');
  const [pageToken, ...otherTokens] = parameters.getAll('PageToken');
  const isValid =
    isPageNumber(page) &&
    (pageToken === undefined ? page === '0' : isPageToken(pageToken)) &&
    otherPages.length + otherTokens.length === 0;
  if (isValid) return { page: Number(page), pageToken };
  throw new RecordingsError('invalid_response', 'The URL of a page has no valid Page and PageToken.', {
    status: 200,
  });
}
