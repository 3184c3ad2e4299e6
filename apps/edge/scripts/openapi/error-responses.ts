import { PROBLEM_TYPES, type ErrorCode } from '../../src/http/error-codes.ts';
import { listHeaders, type HeaderName } from './headers.ts';
import type { JsonSchema } from './json-schemas.ts';

/** The errors of a request that no route has read yet. */
const TARGET_ERRORS: readonly ErrorCode[] = [
  'invalid_request',
  'uri_too_long',
  'misdirected_request',
  'internal',
];

/** The errors of a read before the source is read: SIDs, limits and authorization. */
const ACCESS_ERRORS: readonly ErrorCode[] = [
  'invalid_sid',
  'misconfigured',
  'rate_limited',
  'token_missing',
  'token_invalid',
  'token_expired',
  'forbidden',
  'signature_invalid',
  'url_expired',
  'auth_unavailable',
];

/** The errors of the source and of the calls to it. */
const SOURCE_ERRORS: readonly ErrorCode[] = [
  'precondition_failed',
  'upstream_error',
  'upstream_invalid',
  'upstream_mismatch',
  'upstream_auth',
  'upstream_redirect',
  'upstream_too_large',
  'upstream_unavailable',
  'upstream_rate_limited',
  'circuit_open',
  'overloaded',
  'upstream_timeout',
];

const READ_ERRORS = [...TARGET_ERRORS, ...ACCESS_ERRORS, ...SOURCE_ERRORS];

/** The operations with the same errors. */
export type ErrorGroup =
  | 'recording'
  | 'list'
  | 'timeline'
  | 'media'
  | 'health'
  | 'readiness'
  | 'page'
  | 'method';

const GROUP_ERRORS: Readonly<Record<ErrorGroup, readonly ErrorCode[]>> = {
  recording: [...READ_ERRORS, 'not_found', 'recording_deleted'],
  list: [...READ_ERRORS, 'invalid_query'],
  timeline: [...READ_ERRORS, 'invalid_query'],
  media: [
    ...READ_ERRORS,
    'invalid_query',
    'not_found',
    'recording_deleted',
    'media_not_ready',
    'media_unavailable',
    'range_not_satisfiable',
  ],
  health: TARGET_ERRORS,
  readiness: [...TARGET_ERRORS, 'misconfigured', 'overloaded'],
  page: TARGET_ERRORS,
  method: ['method_not_allowed'],
};

/** The headers of an error beside those of every response, by status. */
const ERROR_HEADERS: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  404: ['Retry-After'],
  405: ['Allow'],
  416: ['Accept-Ranges', 'Content-Range'],
  429: ['Retry-After'],
  502: ['Retry-After'],
  503: ['Retry-After'],
};

/**
 * Creates the error responses of an operation, one for each status.
 *
 * @param common the headers of every response of the operation.
 */
export function createErrorResponses(group: ErrorGroup, common: readonly HeaderName[]): JsonSchema {
  const codes = GROUP_ERRORS[group];
  const statuses = new Set(codes.map((code) => PROBLEM_TYPES[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const members = codes.filter((code) => PROBLEM_TYPES[code].status === status);
      const response = {
        description: members.map((code) => `\`${code}\`: ${PROBLEM_TYPES[code].title}.`).join(' '),
        headers: listHeaders([...common, ...(ERROR_HEADERS[status] ?? [])]),
        content: { 'application/problem+json': { schema: toProblemSchema(members) } },
      };
      return [String(status), response];
    }),
  );
}

function toProblemSchema(codes: readonly ErrorCode[]): JsonSchema {
  return {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { error: { enum: codes } } }],
  };
}
