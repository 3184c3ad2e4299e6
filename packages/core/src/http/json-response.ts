import { copyStart, RecordingsError, type RecordingsErrorCode } from '../errors.ts';
import { MAX_BODY_BYTES, readText } from './body.ts';
import type { FetchedResponse } from './fetch.ts';
import { parseRetryAfter } from './retry.ts';

const MAX_MESSAGE_LENGTH = 200;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const EDGE_CODE = /^[a-z_]{1,64}$/;

/** The members that every error of one response has. */
export interface ResponseMeta {
  readonly status: number;
  readonly requestId: string | undefined;
}

/** Reads the members that every error of the response has. */
export function toResponseMeta({ status, headers }: FetchedResponse): ResponseMeta {
  const requestId = headers.get('Twilio-Request-Id') ?? headers.get('X-Request-Id') ?? undefined;
  return { status, requestId };
}

/**
 * Reads the JSON of a response with status 200.
 *
 * @param response its body is consumed.
 * @param maxBytes the maximum length of the body, in bytes. Default is 1 MiB.
 * @param now milliseconds since 1970, to which a date in `Retry-After` is compared; the current time by default.
 * @throws {RecordingsError} `invalid_response`: the body is not JSON, is not UTF-8 or is too long.
 * @throws {RecordingsError} `network`: the connection failed while the body was read.
 * @throws {RecordingsError} the code of the status, if the status is not 200.
 */
export async function readJsonResponse(
  response: FetchedResponse,
  maxBytes: number = MAX_BODY_BYTES,
  now?: number,
): Promise<unknown> {
  if (response.status !== 200) throw await createStatusError(response, now);
  const meta = toResponseMeta(response);
  const text = await readText(response, maxBytes).catch((cause: unknown) => {
    throw new RecordingsError('network', 'The connection failed while the response body was read.', {
      ...meta,
      cause,
    });
  });
  const body = parseJson(text);
  if (body !== undefined) return body;
  const problem = text === undefined ? `longer than ${maxBytes} bytes or not UTF-8` : 'not JSON';
  throw new RecordingsError('invalid_response', `The response body is ${problem}.`, meta);
}

/**
 * Creates the error of a response that is not successful.
 *
 * @param response its body is consumed.
 * @param now milliseconds since 1970, to which a date in `Retry-After` is compared; the current time by default.
 */
export async function createStatusError(
  response: FetchedResponse,
  now: number = Date.now(),
): Promise<RecordingsError> {
  const { status, headers } = response;
  // The status decides the code, so a body that cannot be read changes nothing.
  const text = await readText(response).catch(() => undefined);
  const body = parseErrorBody(text);
  return new RecordingsError(codeForStatus(status), errorMessage(body) ?? describeStatus(status), {
    ...toResponseMeta(response),
    retryAfter: parseRetryAfter(headers.get('Retry-After'), now),
    twilioCode: typeof body['code'] === 'number' ? body['code'] : undefined,
    edgeCode: findEdgeCode(body, headers.get('Content-Type')),
  });
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parses the body of an error; an empty object for a body that is not a JSON object. */
function parseErrorBody(text: string | undefined): Readonly<Record<string, unknown>> {
  const body = parseJson(text);
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

/** Returns the text of an error: Twilio's `message`, or the `detail` of a problem. */
function errorMessage(body: Readonly<Record<string, unknown>>): string | undefined {
  const texts = [body['message'], body['detail']].filter((text) => typeof text === 'string');
  const message = texts.find((text) => text.trim() !== '');
  return message === undefined ? undefined : copyStart(message, MAX_MESSAGE_LENGTH);
}

/**
 * Returns the member `error` of a problem document of an edge.
 *
 * A text of any other form is not used: the code is compared and logged, and a proxy may have sent the response.
 */
function findEdgeCode(
  body: Readonly<Record<string, unknown>>,
  contentType: string | null,
): string | undefined {
  const { error } = body;
  const isProblem = /^application\/problem\+json\b/i.test(contentType ?? '');
  return isProblem && typeof error === 'string' && EDGE_CODE.test(error) ? error : undefined;
}

function describeStatus(status: number): string {
  // In a browser, the status of a redirect that is not followed is 0.
  if (status === 0 || REDIRECT_STATUSES.has(status)) {
    return 'The server sent a redirect, which the client does not follow.';
  }
  return `The server responded with status ${status}.`;
}

/**
 * Maps a status other than 200 to the code of its error.
 *
 * @returns `upstream` for a status that has no code of its own.
 */
export function codeForStatus(status: number): RecordingsErrorCode {
  switch (status) {
    case 400:
    case 416:
      return 'invalid_request';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 410:
      return 'deleted';
    case 429:
      return 'rate_limited';
    default:
      return 'upstream';
  }
}
