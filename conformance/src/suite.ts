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

/** Parses the response, and parses it again through a client, whose result and request are compared. */
async function runFixture(core: CoreUnderTest, fixture: Fixture): Promise<Omit<CaseResult, 'name'>> {
  const output = await settle(core, () => parseResponse(core, fixture));
  const detail = compare(fixture.expect, output) ?? (await compareClient(core, fixture, output));
  return detail === undefined ? { outcome: 'passed', output } : { outcome: 'failed', detail, output };
}

async function parseResponse(core: CoreUnderTest, { request, response, now }: Fixture): Promise<unknown> {
  return now === undefined
    ? core.parseRecordingResponse(toResponse(response), request)
    : core.parseRecordingResponse(toResponse(response), request, Date.parse(now));
}

/**
 * Compares the result and the request of a client.
 *
 * @returns the first difference. A fixture with `now` is not compared, because a client has no clock to set.
 */
async function compareClient(
  core: CoreUnderTest,
  { request, response, now }: Fixture,
  parsed: Outcome,
): Promise<string | undefined> {
  if (now !== undefined) return undefined;
  const requests: unknown[] = [];
  const client = core.createRecordingsClient({
    retries: 0,
    fetch: async (url, init) => {
      requests.push(describeRequest(url, init));
      return toResponse(response);
    },
  });
  const output = await settle(core, () => client.fetch(request.roomSid, request.sid));
  const difference = firstDifference(parsed, output);
  if (difference !== undefined) return `the client has another result: ${difference}`;
  const expected = {
    url: `https://video.twilio.com/v1/Rooms/${request.roomSid}/Recordings/${request.sid}`,
    method: 'GET',
    redirect: 'manual',
    headers: { accept: 'application/json' },
    body: null,
    hasSignal: true,
  };
  return firstDifference([expected], requests, 'requests');
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
      ? `expected a recording, got ${output.error.code}: ${output.error.message}`
      : firstDifference(expect.recording, output.recording, 'recording');
  }
  if ('recording' in output) return `expected ${expect.error.code}, got a recording`;
  const { issues, message, ...error } = output.error;
  const paths = issues.map(({ path }) => path.join('.')).toSorted();
  const expected = { ...expect.error, paths: (expect.error.paths ?? []).toSorted() };
  return firstDifference(expected, {
    ...error,
    paths,
    ...(expect.error.message !== undefined && { message }),
  });
}
