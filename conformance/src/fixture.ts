type JsonObject = Readonly<Record<string, unknown>>;

/** The expected error. An omitted `status`, `retryAfter`, `requestId`, `edgeCode` or `paths` must be absent. */
interface ExpectedError {
  readonly code: string;
  readonly status?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly requestId?: string;
  readonly edgeCode?: string;
  /** The path of every issue, in any order. */
  readonly paths?: readonly string[];
  /** The message; not compared if it is omitted. */
  readonly message?: string;
}

/** A raw body, which may be invalid JSON or have numbers that JSON.parse would round. */
type RecordedBody =
  | { readonly body: string; readonly bodyBase64?: never }
  /** Bytes that are not text. */
  | { readonly bodyBase64: string; readonly body?: never };

/** A recorded response. */
export type RecordedResponse = RecordedBody & {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The length in bytes to which the body is padded with spaces. */
  readonly paddedTo?: number;
  /** Whether the connection closes after the body, before the end of the response. */
  readonly breaksOff?: true;
};

/** A recorded request and response, and the expected result: a recording, a page of a list, or an error. */
export interface Fixture {
  /** The proven behaviour as a sentence; unique. */
  readonly name: string;
  /** The source of the response. */
  readonly source: string;
  /** The request for a recording or, without `sid`, for the first page of the room's list. */
  readonly request: { readonly roomSid: string; readonly sid?: string };
  /** The current time, if the response contains a date. Such a fixture is not run through the client. */
  readonly now?: string;
  readonly response: RecordedResponse;
  readonly expect:
    | { readonly recording: JsonObject; readonly page?: never; readonly error?: never }
    | { readonly page: JsonObject; readonly recording?: never; readonly error?: never }
    | { readonly error: ExpectedError; readonly recording?: never; readonly page?: never };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSentence(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isRequest(value: unknown): value is Fixture['request'] {
  if (!isObject(value)) return false;
  const { roomSid, sid, ...unknown } = value;
  return isSentence(roomSid) && (sid === undefined || isSentence(sid)) && Object.keys(unknown).length === 0;
}

function isDate(value: unknown): value is string {
  return isSentence(value) && !Number.isNaN(Date.parse(value));
}

/** A `Response` accepts 200 to 599, and 204, 205 and 304 do not allow a body. */
function isStatus(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= 200 &&
    value <= 599 &&
    ![204, 205, 304].includes(value)
  );
}

function isResponse(value: unknown): value is RecordedResponse {
  if (!isObject(value)) return false;
  const { status, headers, body, bodyBase64, paddedTo, breaksOff, ...unknown } = value;
  return (
    isStatus(status) &&
    isObject(headers) &&
    Object.values(headers).every((header) => typeof header === 'string') &&
    (bodyBase64 === undefined ? typeof body === 'string' : body === undefined && isSentence(bodyBase64)) &&
    (paddedTo === undefined || Number.isSafeInteger(paddedTo)) &&
    (breaksOff === undefined || breaksOff === true) &&
    Object.keys(unknown).length === 0
  );
}

function isExpectedError(value: unknown): value is ExpectedError {
  if (!isObject(value)) return false;
  const { code, status, retryAfter, requestId, edgeCode, paths, message, ...unknown } = value;
  return (
    isSentence(code) &&
    (status === undefined || typeof status === 'number') &&
    (retryAfter === undefined || typeof retryAfter === 'number') &&
    (requestId === undefined || isSentence(requestId)) &&
    (edgeCode === undefined || isSentence(edgeCode)) &&
    (paths === undefined || (Array.isArray(paths) && paths.every((path) => typeof path === 'string'))) &&
    (message === undefined || isSentence(message)) &&
    Object.keys(unknown).length === 0
  );
}

function isExpectation(value: unknown): value is Fixture['expect'] {
  if (!isObject(value)) return false;
  const [[kind, expected] = [], ...others] = Object.entries(value);
  if (others.length > 0) return false;
  return kind === 'error' ? isExpectedError(expected) : isResult(kind) && isObject(expected);
}

function isResult(kind: string | undefined): boolean {
  return kind === 'recording' || kind === 'page';
}

/** Returns the name of a case, also for a value that is not a fixture and whose case fails. */
export function caseName(value: unknown, index: number): string {
  return isObject(value) && isSentence(value['name'])
    ? value['name']
    : `Fixture ${index + 1}, which has no name`;
}

/**
 * Parses a fixture.
 *
 * @throws {TypeError} a member is missing, invalid or unknown. The message names the first one.
 */
export function parseFixture(value: unknown): Fixture {
  if (!isObject(value)) throw new TypeError('A fixture must be an object.');
  const { name, source, request, now, response, expect, ...unknown } = value;
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw new TypeError(`"${extra}" is not a member of a fixture.`);
  if (!isSentence(name)) throw new TypeError('"name" must be a sentence.');
  if (!isSentence(source)) throw new TypeError('"source" must be a sentence.');
  if (!isRequest(request)) throw new TypeError('"request" must be { roomSid, sid? }.');
  if (now !== undefined && !isDate(now)) throw new TypeError('"now" must be a date.');
  if (!isResponse(response))
    throw new TypeError('"response" must be { status, headers, body or bodyBase64, paddedTo?, breaksOff? }.');
  if (!isExpectation(expect))
    throw new TypeError('"expect" must be one of { recording }, { page } and { error }.');
  if (expect.error === undefined && (expect.page === undefined) !== (request.sid !== undefined))
    throw new TypeError('A request with "sid" is for a recording, and a request without it for a page.');
  if (now !== undefined && request.sid === undefined)
    throw new TypeError('A client has no clock to set, so a page must not have "now".');
  return { name, source, request, ...(now !== undefined && { now }), response, expect };
}
