import type * as Core from '@room-recordings/core';
import { firstDifference } from './diff.ts';
import { caseName, parseFixture, type Fixture } from './fixture.ts';
import { settle, type Outcome } from './outcome.ts';
import { toResponse } from './fixture-response.ts';

/** The part of the library that is put to the test; handed in, so that a tick means the same everywhere. */
export type CoreUnderTest = Pick<
  typeof Core,
  | 'basicAuth'
  | 'bearerAuth'
  | 'createRecordingsClient'
  | 'isRecordingSid'
  | 'isRoomSid'
  | 'parseRecordingResponse'
  | 'RecordingsError'
>;

/** What became of one case. */
export interface CaseResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed';
  /** Why it failed. */
  readonly detail?: string;
  /** What came out, as JSON, to be compared with the other runtimes; always there when it passed. */
  readonly came?: unknown;
}

/** Plays every fixture through core and tells what came of each; what is no fixture is a failed case. */
export async function runSuite(
  core: CoreUnderTest,
  fixtures: readonly unknown[],
): Promise<readonly CaseResult[]> {
  return Promise.all(fixtures.map((value, index) => runCase(core, value, index)));
}

async function runCase(core: CoreUnderTest, value: unknown, index: number): Promise<CaseResult> {
  const name = caseName(value, index);
  try {
    return { name, ...(await play(core, parseFixture(value))) };
  } catch (fault) {
    return { name, outcome: 'failed', detail: fault instanceof TypeError ? fault.message : String(fault) };
  }
}

/** Reads the answer as it is, and through the client, which has to read the same and to ask as it should. */
async function play(core: CoreUnderTest, fixture: Fixture): Promise<Omit<CaseResult, 'name'>> {
  const came = await settle(core, () => readAnswer(core, fixture));
  const detail = compare(fixture.expect, came) ?? (await playThroughClient(core, fixture, came));
  return detail === undefined ? { outcome: 'passed', came } : { outcome: 'failed', detail, came };
}

async function readAnswer(core: CoreUnderTest, { request, response, now }: Fixture): Promise<unknown> {
  const { roomSid, sid } = request;
  if (!core.isRoomSid(roomSid) || !core.isRecordingSid(sid)) throw new TypeError('asked for what is no SID');
  const asked = { roomSid, sid };
  return now === undefined
    ? core.parseRecordingResponse(toResponse(response), asked)
    : core.parseRecordingResponse(toResponse(response), asked, Date.parse(now));
}

/** Gives the reason for which the case fails, if any; a client has no clock to set, so none for a date. */
async function playThroughClient(
  core: CoreUnderTest,
  { request, response, now }: Fixture,
  read: Outcome,
): Promise<string | undefined> {
  if (now !== undefined) return undefined;
  const asked: unknown[] = [];
  const client = core.createRecordingsClient({
    retries: 0,
    fetch: async (url, init) => {
      asked.push(describeRequest(url, init));
      return toResponse(response);
    },
  });
  const came = await settle(core, () => client.fetch(request.roomSid, request.sid));
  const difference = firstDifference(read, came);
  if (difference !== undefined) return `the client reads something else: ${difference}`;
  const expected = {
    url: `https://video.twilio.com/v1/Rooms/${request.roomSid}/Recordings/${request.sid}`,
    method: 'GET',
    redirect: 'manual',
    headers: { accept: 'application/json' },
    body: null,
    canBeEnded: true,
  };
  return firstDifference([expected], asked, 'asked');
}

/** What the client asks of `fetch`, with fetch's own defaults for what it leaves out. */
function describeRequest(url: string, init: RequestInit): unknown {
  return {
    url,
    method: init.method ?? 'GET',
    redirect: init.redirect ?? 'follow',
    headers: Object.fromEntries(new Headers(init.headers)),
    body: init.body ?? null,
    canBeEnded: init.signal instanceof AbortSignal,
  };
}

function compare(expect: Fixture['expect'], came: Outcome): string | undefined {
  if (expect.error === undefined) {
    return 'error' in came
      ? `expected a recording, got ${came.error.code}: ${came.error.message}`
      : firstDifference(expect.recording, came.recording, 'recording');
  }
  if ('recording' in came) return `expected ${expect.error.code}, got a recording`;
  const { issues, message, ...error } = came.error;
  const paths = issues.map(({ path }) => path.join('.')).toSorted();
  const expected = { ...expect.error, paths: (expect.error.paths ?? []).toSorted() };
  return firstDifference(expected, {
    ...error,
    paths,
    ...(expect.error.message !== undefined && { message }),
  });
}
