import { RecordingsError } from '@room-recordings/core';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROBLEM_TYPES, isErrorCode, type ErrorCode } from '../../src/http/error-codes.ts';
import { serializeProblem } from '../../src/http/respond.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { TWILIO_ACCESS, createTwilioToken } from '../auth/tokens.ts';
import { createFakeMedia, readSeedMedia } from '../support/media-edge.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing, PUBLIC_URL, RECORDING, SID } from '../support/recording.ts';
import { SDK_VERSIONS, type SdkRequest } from './sdk-versions.ts';

/** A request that causes an error of the edge. */
interface ErrorCase {
  readonly error: ErrorCode;
  readonly request?: SdkRequest;
  readonly variables?: Readonly<Record<string, string>>;
  readonly read?: RecordingSource['read'];
}

const bearer = (token: string): SdkRequest => ({ headers: { Authorization: `Bearer ${token}` } });
const rejectWith =
  (...details: ConstructorParameters<typeof RecordingsError>): RecordingSource['read'] =>
  () =>
    Promise.reject(new RecordingsError(...details));

/** A defect of the source: a value that is not a recording. */
const readGarbage: RecordingSource['read'] = () => Promise.resolve(null as never);

const CASES: readonly ErrorCase[] = [
  { error: 'invalid_sid', request: { roomSid: 'daily' } },
  { error: 'token_missing', variables: TWILIO_ACCESS },
  { error: 'token_invalid', variables: TWILIO_ACCESS, request: bearer('x') },
  {
    error: 'forbidden',
    variables: TWILIO_ACCESS,
    request: bearer(createTwilioToken({ room: `RM${'b'.repeat(32)}` })),
  },
  { error: 'not_found', read: findNothing },
  { error: 'method_not_allowed', request: { isDelete: true } },
  { error: 'recording_deleted', read: rejectWith('deleted', 'gone', { status: 410 }) },
  { error: 'precondition_failed', request: { headers: { 'If-Match': '"x"' } } },
  {
    error: 'range_not_satisfiable',
    request: { suffix: '/Media', headers: { Range: 'bytes=999999999-' } },
  },
  { error: 'invalid_query', request: { suffix: '/Media?format=mp3' } },
  {
    error: 'media_not_ready',
    request: { suffix: '/Media' },
    read: () => Promise.resolve({ ...RECORDING, status: 'processing' }),
  },
  {
    error: 'media_unavailable',
    request: { suffix: '/Media' },
    read: () => Promise.resolve({ ...RECORDING, status: 'failed' }),
  },
  { error: 'uri_too_long', request: { suffix: `?${'a'.repeat(2049)}` } },
  { error: 'rate_limited', variables: { RATE_LIMIT: '1/60' } },
  { error: 'internal', read: readGarbage },
  { error: 'upstream_error', read: rejectWith('network', 'down') },
  { error: 'upstream_unavailable', read: rejectWith('upstream', 'down', { status: 503 }) },
  { error: 'misconfigured', variables: { RECORDINGS_SOURCE: '' } },
  { error: 'upstream_timeout', read: rejectWith('timeout', 'late') },
];

/** Returns the expected properties of the `RestException` for an error of the edge. */
function describeException(error: ErrorCode): object {
  const { status, twilio } = PROBLEM_TYPES[error];
  return {
    status,
    code: twilio,
    moreInfo: `${PUBLIC_URL}/errors#${error}`,
    message: expect.stringMatching(/\w/),
  };
}

describe.each(SDK_VERSIONS)('$name with the edge', ({ RestException, fetchRecording }) => {
  it('fetches a recording from the edge', async () => {
    expect(await fetchRecording(await createTestEdge().address)).toMatchObject({ sid: SID });
  });

  it.each(CASES)(
    'throws a RestException for the error $error of the edge',
    async ({ error, request = {}, variables = {}, read }) => {
      const media = createFakeMedia(readSeedMedia('opus'));
      const edge = createTestEdge(read, variables, { now: Date.now, media });
      if (error === 'rate_limited') await edge.request();
      const exception: unknown = await fetchRecording(await edge.address, request).catch(
        (error: unknown) => error,
      );
      expect(exception).toBeInstanceOf(RestException);
      expect(exception).toMatchObject(describeException(error));
      expect(exception).not.toHaveProperty('title');
    },
  );

  it('throws a RestException for every error code', async () => {
    const server = createServer(({ headers }, response) => {
      const error = String(headers['x-error']);
      if (!isErrorCode(error)) throw new TypeError('The request does not name an error.');
      response.statusCode = PROBLEM_TYPES[error].status;
      response.setHeader('Content-Type', 'application/problem+json');
      response.end(
        serializeProblem(error, PROBLEM_TYPES[error].help, { requestId: '1', publicUrl: PUBLIC_URL }),
      );
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    // A server that listens on TCP has an AddressInfo.
    const { port } = server.address() as AddressInfo;
    for (const error of Object.keys(PROBLEM_TYPES).filter(isErrorCode)) {
      const fetched = fetchRecording(`http://127.0.0.1:${port}`, { headers: { 'X-Error': error } });
      const exception: unknown = await fetched.catch((error: unknown) => error);
      expect(exception, error).toBeInstanceOf(RestException);
      expect(exception, error).toMatchObject(describeException(error));
    }
  });
});

it('the cases cover every status of an error of the edge', () => {
  const getStatuses = (errors: readonly ErrorCode[]) =>
    [...new Set(errors.map((error) => PROBLEM_TYPES[error].status))].toSorted((a, b) => a - b);
  const covered = getStatuses(CASES.map(({ error }) => error));
  // Only a Worker without PUBLIC_URL responds 421. Node's server cannot.
  const possible = Object.keys(PROBLEM_TYPES)
    .filter(isErrorCode)
    .filter((error) => error !== 'misdirected_request');
  expect(getStatuses(possible)).toEqual(covered);
});
