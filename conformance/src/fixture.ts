/** What an answer has to be refused as; `status`, `retryAfter`, `requestId` or `paths` left out means none. */
interface ExpectedError {
  readonly code: string;
  readonly status?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly requestId?: string;
  readonly edgeCode?: string;
  /** The path of every issue, in any order. */
  readonly paths?: readonly string[];
  /** The sentence; not compared when it is left out. */
  readonly message?: string;
}

/** A body as it came, which may be no JSON, or hold numbers that JSON.parse would round. */
type RecordedBody =
  | { readonly body: string; readonly bodyBase64?: never }
  /** Bytes that are no text. */
  | { readonly bodyBase64: string; readonly body?: never };

/** One recorded answer. */
export type RecordedResponse = RecordedBody & {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes that the body is made long with spaces. */
  readonly paddedTo?: number;
  /** Whether the connection breaks after the body. */
  readonly breaksOff?: true;
};

/** One recorded HTTP exchange and what comes of it: a recording or an error, never both. */
export interface Fixture {
  /** A sentence that says what is proven; unique. */
  readonly name: string;
  /** Where the exchange comes from. */
  readonly source: string;
  readonly request: { readonly roomSid: string; readonly sid: string };
  /** When the answer is read, where a date in it counts: such a fixture is played without the client. */
  readonly now?: string;
  readonly response: RecordedResponse;
  readonly expect:
    | { readonly recording: Readonly<Record<string, unknown>>; readonly error?: never }
    | { readonly error: ExpectedError; readonly recording?: never };
}

type Shape = Readonly<Record<string, unknown>>;

function isShape(value: unknown): value is Shape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSentence(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isRequest(value: unknown): value is Fixture['request'] {
  return isShape(value) && isSentence(value['roomSid']) && isSentence(value['sid']);
}

function isMoment(value: unknown): value is string {
  return isSentence(value) && !Number.isNaN(Date.parse(value));
}

/** A Response can be made of 200 to 599, and 204, 205 and 304 allow no body, so none of those is recorded. */
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
  if (!isShape(value)) return false;
  const { status, headers, body, bodyBase64, paddedTo, breaksOff, ...unknown } = value;
  return (
    isStatus(status) &&
    isShape(headers) &&
    Object.values(headers).every((header) => typeof header === 'string') &&
    (bodyBase64 === undefined ? typeof body === 'string' : body === undefined && isSentence(bodyBase64)) &&
    (paddedTo === undefined || Number.isSafeInteger(paddedTo)) &&
    (breaksOff === undefined || breaksOff === true) &&
    Object.keys(unknown).length === 0
  );
}

function isExpectedError(value: unknown): value is ExpectedError {
  if (!isShape(value)) return false;
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
  if (!isShape(value)) return false;
  const { recording, error, ...unknown } = value;
  if (Object.keys(unknown).length > 0 || (recording === undefined) === (error === undefined)) return false;
  return error === undefined ? isShape(recording) : isExpectedError(error);
}

/** Names the case that a value makes, also when it is no fixture: it is to fail under a name of its own. */
export function caseName(value: unknown, index: number): string {
  return isShape(value) && isSentence(value['name'])
    ? value['name']
    : `Fixture ${index + 1}, which has no name`;
}

/**
 * Checks that a value is a fixture, wherever it was read.
 *
 * @throws {TypeError} that names the first part that is wrong.
 */
export function parseFixture(value: unknown): Fixture {
  if (!isShape(value)) throw new TypeError('A fixture is an object.');
  const { name, source, request, now, response, expect, ...unknown } = value;
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw new TypeError(`A fixture has no "${extra}".`);
  if (!isSentence(name)) throw new TypeError('"name" has to be a sentence.');
  if (!isSentence(source)) throw new TypeError('"source" has to say where the exchange comes from.');
  if (!isRequest(request)) throw new TypeError('"request" has to be { roomSid, sid }.');
  if (now !== undefined && !isMoment(now)) throw new TypeError('"now" has to be a date.');
  if (!isResponse(response))
    throw new TypeError(
      '"response" has to be { status, headers, body or bodyBase64, paddedTo?, breaksOff? }.',
    );
  if (!isExpectation(expect))
    throw new TypeError('"expect" has to be { recording } or { error }, one of the two.');
  return { name, source, request, ...(now !== undefined && { now }), response, expect };
}
