import { ONE, TWO, type Failure, type Row } from './row.ts';

const unreachable: Failure = { status: 502, error: 'upstream_error' };
const late: Failure = { status: 504, error: 'upstream_timeout' };
const broken: Failure = { status: 502, error: 'upstream_invalid' };
const tooLarge: Failure = { status: 502, error: 'upstream_too_large' };

const KIB = 1_024;

/** Where a connection, a transfer or its bytes fail. */
export const CONNECTION_ROWS: readonly Row[] = [
  row('F01', 'connection refused', { address: 'refused' }, unreachable, TWO),
  row('F02', 'no such name', { address: 'unknown' }, unreachable, TWO),
  { ...row('F03', 'a TLS alert', { address: 'alert' }, unreachable, ONE), callsInWorkerd: TWO },
  {
    ...row(
      'F03',
      'a certificate that has expired and is of another host',
      { address: 'untrusted' },
      unreachable,
      ONE,
    ),
    callsInWorkerd: TWO,
  },
  {
    ...row('F04', 'a connection that never comes about', { address: 'blackHole' }, late, TWO),
    hang: { after: 'request', pass: 5_000 },
    within: 10_000,
  },
  {
    ...row('F05', 'no headers', 'silent', late, TWO),
    hang: { after: 'request', pass: 5_000 },
    within: 10_000,
    takes: 0,
  },
  {
    ...row('F06', 'a body that stalls', 'stall', late, ONE),
    hang: { after: 'headers', pass: 3_000 },
    within: 3_000,
    takes: KIB,
  },
  row('F07', 'a body shorter than its Content-Length', 'short', broken, ONE),
  row('F08', 'chunks without a last one', 'unchunked', broken, ONE),
  row('F08', 'a reset in the body', 'resetInBody', broken, ONE),
  { id: 'F09', title: 'a reset before any byte', act: 'resetOnce', effect: 'refreshes', calls: TWO },
  row('F09', 'resets before any byte', 'reset', unreachable, TWO),
  // One MiB is read; the rest is what the sockets of this machine hold on their way.
  { ...row('F26', 'S71: a body of 100 MB', 'flood', tooLarge, ONE), takes: 16_384 * KIB },
  row('F26', 'S71: a gzip bomb', 'bomb', tooLarge, ONE),
  {
    ...row('F27', 'a byte a second', 'trickle', late, ONE),
    hang: { after: 'piece', pass: 1_000 },
    within: 10_000,
  },
  open('F33', 'S71: 200 headers', 'manyHeaders'),
  open('F33', 'S71: a header of 64 kB', 'longHeader'),
  open('F33', 'Content-Length and Transfer-Encoding at once', 'twoLengths'),
];

function row(id: string, title: string, act: Row['act'], failure: Failure, calls: Row['calls']): Row {
  return { id, title, act, effect: 'covered', failure, calls };
}

function open(id: string, title: string, act: string): Row {
  return { id, title, act, effect: 'open', failure: unreachable, orError: 'upstream_invalid', calls: [1, 2] };
}
