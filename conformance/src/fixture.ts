/** What a recorded answer has to be read as: what it leaves out is not compared. */
export interface ExpectedError {
  readonly code: string;
  readonly status?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  /** The path of every issue, in any order. */
  readonly paths?: readonly string[];
}

/** One recorded HTTP exchange and what comes of it: a recording or an error, never both. */
export interface Fixture {
  /** A sentence that says what is proven; unique. */
  readonly name: string;
  /** Where the exchange comes from. */
  readonly source: string;
  readonly request: { readonly roomSid: string; readonly sid: string };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** The text as it came: it may be no JSON, or hold numbers that JSON.parse would round. */
    readonly body: string;
  };
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

function isResponse(value: unknown): value is Fixture['response'] {
  if (!isShape(value) || !isStatus(value['status']) || typeof value['body'] !== 'string') return false;
  const headers = value['headers'];
  return isShape(headers) && Object.values(headers).every((header) => typeof header === 'string');
}

function isExpectedError(value: unknown): value is ExpectedError {
  if (!isShape(value)) return false;
  const { code, status, retryAfter, paths, ...unknown } = value;
  return (
    isSentence(code) &&
    (status === undefined || typeof status === 'number') &&
    (retryAfter === undefined || typeof retryAfter === 'number') &&
    (paths === undefined || (Array.isArray(paths) && paths.every((path) => typeof path === 'string'))) &&
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
export function nameCase(value: unknown, index: number): string {
  return isShape(value) && isSentence(value['name'])
    ? value['name']
    : `Fixture ${index + 1}, which has no name`;
}

/**
 * Checks that a value is a fixture, wherever it was read.
 *
 * @throws {TypeError} that names the first part that is wrong.
 */
export function readFixture(value: unknown): Fixture {
  if (!isShape(value)) throw new TypeError('A fixture is an object.');
  const { name, source, request, response, expect, ...unknown } = value;
  const [extra] = Object.keys(unknown);
  if (extra !== undefined) throw new TypeError(`A fixture has no "${extra}".`);
  if (!isSentence(name)) throw new TypeError('"name" has to be a sentence.');
  if (!isSentence(source)) throw new TypeError('"source" has to say where the exchange comes from.');
  if (!isRequest(request)) throw new TypeError('"request" has to be { roomSid, sid }.');
  if (!isResponse(response)) throw new TypeError('"response" has to be { status, headers, body }.');
  if (!isExpectation(expect))
    throw new TypeError('"expect" has to be { recording } or { error }, one of the two.');
  return { name, source, request, response, expect };
}
