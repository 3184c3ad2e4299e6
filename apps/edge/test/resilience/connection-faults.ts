import { ONE, TWO, type Failure, type Row } from './fault.ts';

const unreachable: Failure = { status: 502, error: 'upstream_error' };
const late: Failure = { status: 504, error: 'upstream_timeout' };
const broken: Failure = { status: 502, error: 'upstream_invalid' };
const tooLarge: Failure = { status: 502, error: 'upstream_too_large' };

const KIB = 1_024;

/** Where a connection, a transfer or its bytes fail. */
export const CONNECTION_ROWS: readonly Row[] = [
  row('F01', 'connection refused', { address: 'refused' }, unreachable, TWO),
  row('F02', 'no such name', { address: 'unknown' }, unreachable, TWO),
  tls('a TLS alert', 'alert'),
  tls('a certificate that has expired', 'expired'),
  tls('a certificate of another host', 'misnamed'),
  tls('a certificate that nobody vouches for', 'untrusted'),
  // That the three above fail by what they are named for, and not because their authority is not trusted. In workerd they
  // may: Miniflare defines the network that it fetches from, and takes no authority for it, so there this one is refused too.
  {
    id: 'F03',
    title: 'a certificate that holds',
    act: { address: 'trusted' },
    effect: 'refreshes',
    calls: ONE,
    inWorkerd: { effect: 'covered', failure: unreachable, calls: TWO },
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
  {
    id: 'F09',
    title: 'a reset of a connection that was kept',
    act: 'resetKept',
    isOnKept: true,
    effect: 'refreshes',
    // Bun's fetch and Deno's send again by themselves what a kept connection has not taken.
    calls: [1, 2],
  },
  row('F09', 'resets before any byte', 'reset', unreachable, TWO),
  // One MiB is read; the rest is what the sockets of this machine hold on their way.
  { ...row('F26', 'S71: a body of 100 MB', 'flood', tooLarge, ONE), takes: 16_384 * KIB },
  // Sent as a whole, 64 KiB; that its end is not waited for is what counts.
  { ...row('F26', 'S71: a gzip bomb', 'bomb', tooLarge, ONE), takes: 128 * KIB },
  {
    ...row('F27', 'a byte a second', 'trickle', late, ONE),
    hang: { after: 'piece', pass: 1_000 },
    within: 10_000,
    takes: KIB,
  },
  open('F33', 'S71: 200 headers', 'manyHeaders'),
  open('F33', 'S71: a header of 64 kB', 'longHeader'),
  open('F33', 'Content-Length and Transfer-Encoding at once', 'twoLengths'),
];

function row(id: string, title: string, act: Row['act'], failure: Failure, calls: Row['calls']): Row {
  return { id, title, act, effect: 'covered', failure, calls };
}

/** Not tried again where the runtime says that TLS is why. */
function tls(title: string, address: Exclude<Row['act'], string>['address']): Row {
  return { ...row('F03', title, { address }, unreachable, ONE), inWorkerd: { calls: TWO } };
}

function open(id: string, title: string, act: string): Row {
  return { id, title, act, effect: 'open', failure: unreachable, orError: 'upstream_invalid', calls: [1, 2] };
}
