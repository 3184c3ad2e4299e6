import { PROBLEM_TYPES } from '../http/error-codes.ts';

const STYLE =
  'body{font:16px/1.5 system-ui;margin:2rem auto;max-width:44rem;padding:0 1rem}dt{font-weight:600;margin-top:1rem}dd{margin:0}';

/** The page that every problem's `type` points into: one entry an error code. */
export const ERRORS_PAGE_HTML: string = [
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>room-recordings: errors</title>',
  `<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body><h1>Errors</h1><dl>`,
  ...Object.entries(PROBLEM_TYPES).map(
    ([code, { status, title, help }]) =>
      `<dt id="${code}"><code>${code}</code> · ${status} ${title}</dt><dd>${help}</dd>`,
  ),
  '</dl></body></html>',
].join('\n');
