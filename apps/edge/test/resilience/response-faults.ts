import { ONE, TWO, type Failure, type Row } from './fault.ts';

const invalid: Failure = { status: 502, error: 'upstream_invalid' };
const mismatch: Failure = { status: 502, error: 'upstream_mismatch', alarm: true };
const failed: Failure = { status: 502, error: 'upstream_error' };
const late: Failure = { status: 504, error: 'upstream_timeout' };
const auth: Failure = { status: 502, error: 'upstream_auth', alarm: true };
const redirect: Failure = { status: 502, error: 'upstream_redirect' };

const invalidAt = (path: string): Failure => ({ ...invalid, detail: `${path}: expected ` });
const limited = (retryAfter: number): Failure => ({
  status: 503,
  error: 'upstream_rate_limited',
  retryAfter,
});
const unavailable = (retryAfter: number): Failure => ({
  status: 503,
  error: 'upstream_unavailable',
  retryAfter,
});

/** Where an answer comes, and is not the one that was wanted. */
export const ANSWER_ROWS: readonly Row[] = [
  row('F10', 'invalid JSON', 'invalidJson', invalid),
  row('F10', 'an empty body', 'empty', invalid),
  row('F10', 'a byte order mark', 'byteOrderMark', invalid),
  row('F10', 'NaN', 'notANumber', invalid),
  row('F10', 'S71: lists in lists, 100,000 deep', 'deep', invalid),
  row('F11', 'a page of HTML', 'html', invalid),
  row('F12', 'a sid that is null', 'nullSid', invalidAt('sid')),
  row('F12', 'no status', 'noStatus', invalidAt('status')),
  row('F12', 'a size that is a list', 'wrongType', invalidAt('size')),
  row('F12', 'a status of no documentation', 'newStatus', invalidAt('status')),
  row('F12', 'a group that is named by what was sent', 'strangeName', invalidAt('grouping_sids')),
  { ...refresh('F12', 'attributes of no documentation', 'extra'), changes: true },
  row('F13', 'another recording', 'otherSid', mismatch),
  row('F13', 'another room', 'otherRoom', mismatch),
  row('F13', 'another account', 'otherAccount', mismatch),
  { ...row('F14', '401', 'status-401', auth), effect: 'auth', pause: 30 },
  {
    ...row('F14', '403 for one recording', 'status-403', { status: 502, error: 'upstream_auth' }),
    effect: 'auth',
  },
  { ...row('F15', '404', 'status-404', { status: 404, error: 'not_found' }), effect: 'evicts', kept: 10 },
  row('F17', '408', 'status-408', failed, TWO),
  row('F17', '409', 'status-409', failed, TWO),
  row('F17', '425', 'status-425', failed, TWO),
  {
    ...row('F18', '410', 'status-410', { status: 410, error: 'recording_deleted' }),
    effect: 'evicts',
    kept: 300,
  },
  { ...refresh('F19', '200 with the status deleted', 'deleted'), changes: true, lifetime: 3_600 },
  { ...row('F20', '429 and Retry-After 7', 'status-429-7', limited(7)), pause: 7, withheld: 'rate-limited' },
  {
    ...row('F20', '429 and Retry-After 3600', 'status-429-3600', limited(60)),
    pause: 60,
    withheld: 'rate-limited',
  },
  row('F21', '429', 'status-429', limited(5), TWO),
  row('F22', '500', 'status-500', failed, TWO),
  row('F23', '502', 'status-502', failed, TWO),
  row('F23', '504', 'status-504', late, TWO),
  row('F24', '503', 'status-503', unavailable(5), TWO),
  {
    ...row('F24', '503 and Retry-After 7', 'status-503-7', unavailable(7)),
    pause: 7,
    withheld: 'unavailable',
  },
  row('F25', 'a redirect to another host', 'redirect', redirect),
  row('F25', 'a redirect to itself', 'redirectToSelf', redirect),
  row('F32', '206', 'partial', invalid),
  row('F32', '204', 'noContent', invalid),
  row('F32', '304', 'notModified', invalid),
  { ...row('F32', '103 before the answer', 'hints', invalid), effect: 'open', calls: [1, 2] },
  row('F32', '999', 'unheardOf', invalid),
  refresh('F34', 'a Date of yesterday, an Age and no-store', 'yesterday'),
  refresh('F34', 'a Date of tomorrow and a max-age beyond all bounds', 'tomorrow'),
  ...[520, 521, 523, 527, 530].map((status) => row('F39', String(status), `status-${status}`, failed, TWO)),
  ...[522, 524].map((status) => row('F39', String(status), `status-${status}`, late, TWO)),
  ...[525, 526].map((status) => row('F39', String(status), `status-${status}`, failed)),
  { ...row('F40', '70005', 'refused', limited(60)), pause: 60, withheld: 'rate-limited' },
];

function row(id: string, title: string, act: string, failure: Failure, calls: Row['calls'] = ONE): Row {
  return { id, title, act, effect: 'covered', failure, calls };
}

function refresh(id: string, title: string, act: string): Row {
  return { id, title, act, effect: 'refreshes', calls: ONE };
}
