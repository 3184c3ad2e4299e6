import { ONE_CALL, TWO_CALLS, type Failure, type Fault, type Misbehaviour } from './fault.ts';

const KIB = 1_024;

const failed: Failure = { status: 502, error: 'upstream_error' };
const late: Failure = { status: 504, error: 'upstream_timeout' };
const invalid: Failure = { status: 502, error: 'upstream_invalid' };
const tooLarge: Failure = { status: 502, error: 'upstream_too_large' };
const mismatch: Failure = { status: 502, error: 'upstream_mismatch', isAlert: true };
const auth: Failure = { status: 502, error: 'upstream_auth', isAlert: true };
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

const withCacheApi = (fault: Fault): Fault => ({ ...fault, hasCacheApiCases: true });

/** The faults of a connection, a transfer or its bytes. */
const CONNECTION_FAULTS: readonly Fault[] = [
  withCacheApi(fail('Twilio refuses the connection', { server: 'refused' }, failed, TWO_CALLS)),
  fail('the name of Twilio does not resolve', { server: 'unknown' }, failed, TWO_CALLS),
  failTls('Twilio sends a TLS alert', 'alert'),
  failTls('the certificate of Twilio has expired', 'expired'),
  failTls('the certificate of Twilio is for another host', 'misnamed'),
  failTls('the certificate of Twilio has an unknown authority', 'untrusted'),
  // This control shows that the three certificates above fail for the named reason, and not for an authority that the runtime does not
  // trust. Miniflare defines the network of workerd and accepts no authority for it, so workerd rejects this certificate too.
  {
    name: 'the certificate of Twilio is valid',
    misbehaviour: { server: 'trusted' },
    effect: 'refreshes',
    calls: ONE_CALL,
    inWorkerd: { effect: 'stale-if-error', failure: failed, calls: TWO_CALLS },
  },
  {
    ...fail('the connection to Twilio is never established', { server: 'blackHole' }, late, TWO_CALLS),
    hang: { after: 'request', advanceMs: 5_000 },
    maxMs: 10_000,
  },
  {
    ...fail('Twilio sends no headers', 'silent', late, TWO_CALLS),
    hang: { after: 'request', advanceMs: 5_000 },
    maxMs: 10_000,
    maxBytes: 0,
  },
  withCacheApi({
    ...fail('the body of Twilio stalls', 'stall', late),
    hang: { after: 'headers', advanceMs: 3_000 },
    maxMs: 3_000,
    maxBytes: KIB,
  }),
  fail('the body of Twilio is shorter than its Content-Length', 'short', invalid),
  withCacheApi(fail('the chunked body of Twilio has no last chunk', 'unchunked', invalid)),
  withCacheApi(fail('Twilio resets the connection in the body', 'resetInBody', invalid)),
  { ...refresh('Twilio resets the first connection before any byte', 'resetOnce'), calls: TWO_CALLS },
  {
    ...refresh('Twilio resets a reused connection', 'resetKept'),
    reusesConnection: true,
    // The `fetch` of Bun and of Deno retries a request that a reused connection did not accept.
    calls: [1, 2],
  },
  fail('Twilio resets every connection before any byte', 'reset', failed, TWO_CALLS),
  // The edge reads 1 MiB. The sockets of this machine buffer the rest.
  { ...fail('Twilio sends a body of 100 MB', 'flood', tooLarge), maxBytes: 16_384 * KIB },
  // The server sends all 64 KiB of gzip at once. The edge must not wait for the end of the body.
  { ...fail('Twilio sends a gzip bomb', 'bomb', tooLarge), maxBytes: 128 * KIB },
  {
    ...fail('Twilio sends a byte a second', 'trickle', late),
    hang: { after: 'chunk', advanceMs: 1_000 },
    maxMs: 10_000,
    maxBytes: KIB,
  },
  withCacheApi(vary('Twilio sends 200 headers', 'manyHeaders')),
  withCacheApi(vary('Twilio sends a header of 64 KiB', 'longHeader')),
  withCacheApi(vary('Twilio sends both Content-Length and Transfer-Encoding', 'twoLengths')),
];

/** The faults of a complete response. */
const RESPONSE_FAULTS: readonly Fault[] = [
  fail('Twilio sends invalid JSON', 'invalidJson', invalid),
  fail('Twilio sends an empty body', 'empty', invalid),
  fail('Twilio sends a byte order mark', 'byteOrderMark', invalid),
  fail('Twilio sends NaN', 'notANumber', invalid),
  fail('Twilio sends arrays nested 100,000 deep', 'deep', invalid),
  fail('Twilio sends an HTML page', 'html', invalid),
  ...[
    fail('Twilio sends a null sid', 'nullSid', invalidAt('sid')),
    fail('Twilio sends no status', 'noStatus', invalidAt('status')),
    fail('Twilio sends a list as size', 'wrongType', invalidAt('size')),
    fail('Twilio sends an undocumented status', 'newStatus', invalidAt('status')),
    fail('Twilio sends the credentials as a grouping SID', 'strangeName', invalidAt('grouping_sids')),
    { ...refresh('Twilio sends undocumented attributes', 'extra'), changesRecording: true },
  ].map(withCacheApi),
  fail('Twilio sends another recording', 'otherSid', mismatch),
  fail('Twilio sends a recording of another room', 'otherRoom', mismatch),
  fail('Twilio sends a recording of another account', 'otherAccount', mismatch),
  ...[
    {
      ...fail('Twilio responds with 401', 'status-401', auth),
      effect: 'auth',
      cooldownSeconds: 30,
    } as const,
    {
      ...fail('Twilio responds with 403 for one recording', 'status-403', {
        status: 502,
        error: 'upstream_auth',
      }),
      effect: 'auth',
    } as const,
    {
      ...fail('Twilio responds with 404', 'status-404', { status: 404, error: 'not_found' }),
      effect: 'evicts',
      storedSeconds: 10,
    } as const,
  ].map(withCacheApi),
  ...[408, 409, 425].map((status) => failWithStatus(status, failed, TWO_CALLS)),
  ...[
    {
      ...fail('Twilio responds with 410', 'status-410', { status: 410, error: 'recording_deleted' }),
      effect: 'evicts',
      storedSeconds: 300,
    } as const,
    {
      ...refresh('Twilio responds with 200 and the status deleted', 'deleted'),
      changesRecording: true,
      freshSeconds: 3_600,
    },
    coolDown('429 and Retry-After: 7', 'status-429-7', limited(7), 'rate-limited'),
    coolDown('429 and Retry-After: 3600', 'status-429-3600', limited(60), 'rate-limited'),
  ].map(withCacheApi),
  failWithStatus(429, limited(5), TWO_CALLS),
  withCacheApi(failWithStatus(500, failed, TWO_CALLS)),
  failWithStatus(502, failed, TWO_CALLS),
  failWithStatus(504, late, TWO_CALLS),
  withCacheApi(failWithStatus(503, unavailable(5), TWO_CALLS)),
  withCacheApi(coolDown('503 and Retry-After: 7', 'status-503-7', unavailable(7), 'unavailable')),
  fail('Twilio redirects to another host', 'redirect', redirect),
  fail('Twilio redirects to itself', 'redirectToSelf', redirect),
  fail('Twilio responds with 206', 'partial', invalid),
  fail('Twilio responds with 204', 'noContent', invalid),
  fail('Twilio responds with 304', 'notModified', invalid),
  { ...fail('Twilio sends 103 before its response', 'hints', invalid), effect: 'varies', calls: [1, 2] },
  fail('Twilio responds with 999', 'unheardOf', invalid),
  withCacheApi(refresh('Twilio sends a past Date, an Age and no-store', 'yesterday')),
  withCacheApi(refresh('Twilio sends a future Date and an enormous max-age', 'tomorrow')),
  ...[520, 521, 523, 527, 530].map((status) => failWithStatus(status, failed, TWO_CALLS)),
  ...[522, 524].map((status) => failWithStatus(status, late, TWO_CALLS)),
  ...[525, 526].map((status) => failWithStatus(status, failed)),
  coolDown('403 and the error 70005', 'refused', limited(60), 'rate-limited'),
];

export const FAULTS: readonly Fault[] = [...CONNECTION_FAULTS, ...RESPONSE_FAULTS];

function fail(
  name: string,
  misbehaviour: Misbehaviour,
  failure: Failure,
  calls: Fault['calls'] = ONE_CALL,
): Fault {
  return { name, misbehaviour, effect: 'stale-if-error', failure, calls };
}

function failWithStatus(status: number, failure: Failure, calls?: Fault['calls']): Fault {
  return fail(`Twilio responds with ${status}`, `status-${status}`, failure, calls);
}

/** A runtime that reports TLS as the cause is not retried. */
function failTls(name: string, server: Exclude<Misbehaviour, string>['server']): Fault {
  return { ...fail(name, { server }, failed), inWorkerd: { calls: TWO_CALLS } };
}

function coolDown(
  response: string,
  misbehaviour: string,
  failure: Failure,
  cooldownDetail: 'rate-limited' | 'unavailable',
): Fault {
  const { retryAfter: cooldownSeconds = 0 } = failure;
  const fault = fail(`Twilio responds with ${response}`, misbehaviour, failure);
  return { ...fault, cooldownSeconds, cooldownDetail };
}

function refresh(name: string, misbehaviour: string): Fault {
  return { name, misbehaviour, effect: 'refreshes', calls: ONE_CALL };
}

function vary(name: string, misbehaviour: string): Fault {
  const alternativeError = 'upstream_invalid';
  return { name, misbehaviour, effect: 'varies', failure: failed, alternativeError, calls: [1, 2] };
}
