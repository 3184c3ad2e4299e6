import type * as Core from '@room-recordings/core';
import { findDifference } from './difference.ts';
import { nameCase, readFixture, type ExpectedError, type Fixture } from './fixture.ts';

/** The part of the library that is put to the test; handed in, so that a tick means the same everywhere. */
export type CoreUnderTest = Pick<typeof Core, 'createRecordingsClient' | 'RecordingsError'>;

/** What became of one fixture. */
export interface CaseResult {
  readonly name: string;
  readonly outcome: 'passed' | 'failed';
  /** Why it failed. */
  readonly detail?: string;
}

type Answer = { readonly recording: unknown } | { readonly fault: unknown };

/** Plays every fixture through core's client and tells what came of each; what is no fixture is a failed case. */
export async function runSuite(
  core: CoreUnderTest,
  fixtures: readonly unknown[],
): Promise<readonly CaseResult[]> {
  return Promise.all(fixtures.map((value, index) => runCase(core, value, index)));
}

async function runCase(core: CoreUnderTest, value: unknown, index: number): Promise<CaseResult> {
  const name = nameCase(value, index);
  try {
    const detail = await play(core, readFixture(value));
    return detail === undefined ? { name, outcome: 'passed' } : { name, outcome: 'failed', detail };
  } catch (fault) {
    return { name, outcome: 'failed', detail: String(fault) };
  }
}

/** Gives the reason for which the case fails, or undefined. */
async function play(core: CoreUnderTest, fixture: Fixture): Promise<string | undefined> {
  const { request, response, expect } = fixture;
  const urls: string[] = [];
  const client = core.createRecordingsClient({
    retries: 0,
    fetch: async (url) => {
      urls.push(url);
      return new Response(response.body, { status: response.status, headers: response.headers });
    },
  });
  const answer = await client.fetch(request.roomSid, request.sid).then(
    (recording): Answer => ({ recording }),
    (fault: unknown): Answer => ({ fault }),
  );
  const url = `https://video.twilio.com/v1/Rooms/${request.roomSid}/Recordings/${request.sid}`;
  return compare(core, expect, answer) ?? findDifference({ urls: [url] }, { urls });
}

function compare(core: CoreUnderTest, expect: Fixture['expect'], answer: Answer): string | undefined {
  if (expect.error !== undefined) {
    if ('recording' in answer) return `expected ${expect.error.code}, got a recording`;
    return compareErrors(core, expect.error, answer.fault);
  }
  if ('fault' in answer) return `expected a recording, got ${String(answer.fault)}`;
  return findDifference(expect.recording, answer.recording);
}

function compareErrors(core: CoreUnderTest, expected: ExpectedError, fault: unknown): string | undefined {
  if (!(fault instanceof core.RecordingsError)) return `expected a RecordingsError, got ${String(fault)}`;
  const actual = {
    code: fault.code,
    ...(expected.status !== undefined && { status: fault.status }),
    ...(expected.retryAfter !== undefined && { retryAfter: fault.retryAfter }),
    ...(expected.paths !== undefined && { paths: fault.issues.map(({ path }) => path).toSorted() }),
  };
  const sorted = expected.paths === undefined ? expected : { ...expected, paths: expected.paths.toSorted() };
  return findDifference(sorted, actual);
}
