import type * as Core from '@room-recordings/core';
import { firstDifference } from './diff.ts';
import { caseName, parseFixture, type Fixture } from './fixture.ts';
import { settle, type Outcome } from './outcome.ts';
import { toResponse } from './fixture-response.ts';

/** The tested part of the library. It is a parameter, so that the suite is the same on every runtime. */
export interface CoreUnderTest extends Pick<
  typeof Core,
  'basicAuth' | 'bearerAuth' | 'parseRecordingResponse' | 'RecordingsError'
> {
  readonly createRecordingsClient: (options?: Core.RecordingsClientOptions) => Core.RecordingsClient;
}

/** The result of one case. */
export interface CaseResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed';
  /** The reason of a failure. */
  readonly detail?: string;
  /** The output of core as JSON, to be compared with the other runtimes; always present if the case passed. */
  readonly output?: unknown;
}

/** Runs core on each fixture. A value that is not a fixture is a failed case. */
export async function runSuite(
  core: CoreUnderTest,
  fixtures: readonly unknown[],
): Promise<readonly CaseResult[]> {
  return Promise.all(fixtures.map((value, index) => runCase(core, value, index)));
}

async function runCase(core: CoreUnderTest, value: unknown, index: number): Promise<CaseResult> {
  const name = caseName(value, index);
  try {
    return { name, ...(await runFixture(core, parseFixture(value))) };
  } catch (error) {
    return { name, outcome: 'failed', detail: error instanceof TypeError ? error.message : String(error) };
  }
}

/**
 * Reads the response through a client, whose request is compared. The response about a recording is parsed without a client
 * too, and both must have the same result.
 */
async function runFixture(core: CoreUnderTest, fixture: Fixture): Promise<Omit<CaseResult, 'name'>> {
  const { sid } = fixture.request;
  if (sid === undefined) {
    const { output, difference } = await readByClient(core, fixture);
    return toResult(output, compare(fixture.expect, output) ?? difference);
  }
  const output = await settle(core, 'recording', () => parseResponse(core, fixture, sid));
  return toResult(output, compare(fixture.expect, output) ?? (await compareClient(core, fixture, output)));
}

function toResult(output: Outcome, detail: string | undefined): Omit<CaseResult, 'name'> {
  return detail === undefined ? { outcome: 'passed', output } : { outcome: 'failed', detail, output };
}

async function parseResponse(
  core: CoreUnderTest,
  { request: { roomSid }, response, now }: Fixture,
  sid: string,
): Promise<unknown> {
  return now === undefined
    ? core.parseRecordingResponse(toResponse(response), { roomSid, sid })
    : core.parseRecordingResponse(toResponse(response), { roomSid, sid }, Date.parse(now));
}

/**
 * Compares the result and the request of a client.
 *
 * @returns the first difference. A fixture with `now` is not compared, because a client has no clock to set.
 */
async function compareClient(
  core: CoreUnderTest,
  fixture: Fixture,
  parsed: Outcome,
): Promise<string | undefined> {
  if (fixture.now !== undefined) return undefined;
  const { output, difference } = await readByClient(core, fixture);
  const other = firstDifference(parsed, output);
  return other === undefined ? difference : `the client has another result: ${other}`;
}

/** Reads through a client, and returns the result and the first difference of its requests. */
async function readByClient(
  core: CoreUnderTest,
  { request: { roomSid, sid }, response }: Fixture,
): Promise<{ readonly output: Outcome; readonly difference: string | undefined }> {
  const requests: unknown[] = [];
  const client = core.createRecordingsClient({
    retries: 0,
    fetch: async (url, init) => {
      requests.push(describeRequest(url, init));
      return toResponse(response);
    },
  });
  const output = await (sid === undefined
    ? settle(core, 'page', () => client.page(roomSid))
    : settle(core, 'recording', () => client.fetch(roomSid, sid)));
  const expected = {
    url: `https://video.twilio.com/v1/Rooms/${roomSid}/Recordings${sid === undefined ? '' : `/${sid}`}`,
    method: 'GET',
    redirect: 'manual',
    headers: { accept: 'application/json' },
    body: null,
    hasSignal: true,
  };
  return { output, difference: firstDifference([expected], requests, 'requests') };
}

/** Describes the arguments of `fetch`, with the defaults of fetch for omitted members. */
function describeRequest(url: string, init: RequestInit): unknown {
  return {
    url,
    method: init.method ?? 'GET',
    redirect: init.redirect ?? 'follow',
    headers: Object.fromEntries(new Headers(init.headers)),
    body: init.body ?? null,
    hasSignal: init.signal instanceof AbortSignal,
  };
}

function compare(expect: Fixture['expect'], output: Outcome): string | undefined {
  if (expect.error === undefined) {
    return 'error' in output
      ? `expected a ${kindOf(expect)}, got ${output.error.code}: ${output.error.message}`
      : firstDifference(expect, output);
  }
  if (!('error' in output)) return `expected ${expect.error.code}, got a ${kindOf(output)}`;
  const { issues, message, ...error } = output.error;
  const paths = issues.map(({ path }) => path.join('.')).toSorted();
  const expected = { ...expect.error, paths: (expect.error.paths ?? []).toSorted() };
  return firstDifference(expected, {
    ...error,
    paths,
    ...(expect.error.message !== undefined && { message }),
  });
}

/** Names the result of an outcome or an expectation, which has one member. */
function kindOf(result: object): string {
  return Object.keys(result).join();
}
