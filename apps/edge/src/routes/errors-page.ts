import { PROBLEM_TYPES } from '../http/error-codes.ts';
import { textResponse } from '../http/respond.ts';
import type { HttpResponse, RequestContext } from '../http/types.ts';

/** The page changes with a release only. */
const CACHE_CONTROL = 'public, max-age=3600';

const STYLE =
  'body{font:16px/1.5 system-ui;margin:2rem auto;max-width:44rem;padding:0 1rem}dt{font-weight:600;margin-top:1rem}dd{margin:0}';

/** The page that the `type` of every problem document points into, with one entry per error code. */
const ERRORS_PAGE_HTML: string = [
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>room-recordings: errors</title>',
  `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body><h1>Errors</h1><dl>`,
  ...Object.entries(PROBLEM_TYPES).map(
    ([code, { status, title, help }]) =>
      `<dt id="${code}"><code>${code}</code> · ${status} ${title}</dt><dd>${help}</dd>`,
  ),
  '</dl></body></html>',
].join('\n');

/** Responds to `/errors`. */
export function handleErrorsPage(context: RequestContext): HttpResponse {
  return textResponse(context, 'text/html; charset=utf-8', ERRORS_PAGE_HTML, CACHE_CONTROL);
}
