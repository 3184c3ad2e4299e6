import { expect, test } from 'vitest';
import { caseNames, runCases } from '../src/cases.ts';
import { findInspectors } from '../src/inspectors.ts';
import { loadFixtures } from '../src/load-fixtures.ts';
import { withBrokenCore, type Break } from './broken-core.ts';

const recorded = loadFixtures();
const names = caseNames(recorded);

const breaks: readonly Break[] = [
  {
    name: 'another recording is let through',
    file: 'response.ts',
    text: '!isSameSid(sid, ref.sid) || !isSameSid(room_sid, ref.roomSid)',
    replacement: '!isSameSid(room_sid, ref.roomSid)',
    row: 'Another recording than the one asked for is a mismatch',
  },
  {
    name: 'the room is not compared',
    file: 'response.ts',
    text: '!isSameSid(sid, ref.sid) || !isSameSid(room_sid, ref.roomSid)',
    replacement: '!isSameSid(sid, ref.sid)',
    row: 'A recording of another room than the one asked for is a mismatch',
  },
  {
    name: 'SIDs are compared letter by letter',
    file: 'recording/sid.ts',
    text: 'one.toLowerCase() === other.toLowerCase()',
    replacement: 'one === other',
    row: 'SIDs answered with upper-case digits are the SIDs asked for',
  },
  {
    name: 'a 410 is said to be not_found',
    file: 'response.ts',
    text: "return 'deleted';",
    replacement: "return 'not_found';",
    row: 'A 410 is deleted',
  },
  {
    name: 'redirects are followed',
    file: 'client.ts',
    text: "redirect: 'manual'",
    replacement: "redirect: 'follow'",
    row: 'A redirect is not followed: it is upstream',
  },
  {
    name: 'an error message repeats the Authorization header',
    file: 'client.ts',
    text: '`No response was received. ${advice}`',
    replacement: '`No response was received with ${headers.Authorization}.`',
    row: 'No secret shows when the error of a network fault is inspected',
  },
  {
    name: 'an error carries the request, out of sight of Object.keys',
    file: 'client.ts',
    text: 'if (error instanceof RecordingsError || isFrameworkError(error)) throw error;',
    replacement:
      "if (error instanceof Error) throw Object.defineProperty(error, 'init', { value: { headers } });",
    row: 'No secret shows when the error of a 401 is inspected',
  },
  {
    name: 'auth shows its header',
    file: 'http/auth.ts',
    text: 'const header = `Bearer ${token}`;\n  return () => header;',
    replacement: 'const header = `Bearer ${token}`;\n  return Object.assign(() => header, { header });',
    row: 'No secret shows when a client or its options are inspected',
  },
  {
    name: 'a header is left to the runtime to refuse',
    file: 'client.ts',
    text: 'HEADER_VALUE.test(authorization)',
    replacement: "authorization !== ''",
    row: 'No secret shows when the error of a token with a line feed is inspected',
  },
  {
    name: 'credentials go into the URL',
    file: 'client.ts',
    text: '/Recordings/${ref.sid}`;',
    replacement:
      "/Recordings/${ref.sid}${headers['Authorization'] ? `?auth=${headers['Authorization']}` : ''}`;",
    row: 'Credentials go into the Authorization header and nowhere else',
  },
  {
    name: 'large integers are rounded',
    file: 'recording/schema.ts',
    text: 'v.safeInteger(',
    replacement: 'v.integer(',
    row: 'An offset beyond 2^53 is refused, never rounded',
  },
  {
    name: 'June 31 is a date',
    file: 'recording/date-time.ts',
    text: 'day <= daysIn(year, month)',
    replacement: 'day <= 31',
    row: 'June 31 is refused',
  },
  {
    name: 'a second 60 exists at any instant',
    file: 'recording/date-time.ts',
    text: 'LEAP_MINUTES.has(utc.toISOString().slice(0, MINUTE_LENGTH))',
    replacement: 'true',
    row: 'A second 60 at which no leap second was inserted is refused',
  },
  {
    name: 'the offset of a leap second is ignored',
    file: 'recording/date-time.ts',
    text: ' - offsetMinutes * 60_000',
    replacement: '',
    row: 'A leap second is found in any zone',
  },
  {
    name: 'any URL is taken for an address on the web',
    file: 'http/url.ts',
    text: 'HTTP_URL.test(text) && ',
    replacement: '',
    row: 'A media link that would run a script is refused',
  },
  {
    name: 'the characters of a URL are not checked',
    file: 'http/url.ts',
    text: '!FORBIDDEN.test(text) && ',
    replacement: '',
    row: 'A URL with a character that reverses text is refused',
  },
  {
    name: 'unknown attributes are kept',
    file: 'response.ts',
    text: 'return { ...result.recording, sid, room_sid };',
    replacement: 'return { ...(body as object), ...result.recording, sid, room_sid };',
    row: 'Attributes of no documentation are dropped',
  },
  {
    name: 'the codec stays in lower case',
    file: 'recording/normalize.ts',
    text: 'input.toUpperCase()',
    replacement: 'input',
    row: 'The codec opus becomes OPUS',
  },
  {
    name: 'absent is not null',
    file: 'recording/normalize.ts',
    text: "input['track_name'] ?? null",
    replacement: "input['track_name']",
    row: 'Nullable attributes that are left out become null',
  },
  {
    name: 'an integer in a text stays one',
    file: 'recording/normalize.ts',
    text: "normalizeInteger(input['size'], NON_NEGATIVE_INTEGER_TEXT)",
    replacement: "input['size'] ?? null",
    row: 'Integers sent as texts become numbers',
  },
  {
    name: 'Retry-After is not read',
    file: 'response.ts',
    text: "headers.get('Retry-After')",
    replacement: 'null',
    row: 'Code 20429, too many requests, is rate_limited with the seconds to wait',
  },
  {
    name: 'Retry-After is only read as seconds',
    file: 'http/retry.ts',
    text: 'Math.max(0, Math.ceil((date - now) / 1000))',
    replacement: 'undefined',
    row: 'A Retry-After that is a date becomes seconds from now',
  },
  {
    name: 'a Retry-After that has passed is negative',
    file: 'http/retry.ts',
    text: 'Math.max(0, Math.ceil((date - now) / 1000))',
    replacement: 'Math.ceil((date - now) / 1000)',
    row: 'A Retry-After that has passed is 0 seconds',
  },
  {
    name: 'a Retry-After that names no zone is of another one',
    file: 'http/retry.ts',
    text: '${value} GMT',
    replacement: '${value} EST',
    row: 'A Retry-After in the oldest form of dates is in UTC',
  },
  {
    name: 'a byte order mark is swallowed',
    file: 'http/body.ts',
    text: 'ignoreBOM: true',
    replacement: 'ignoreBOM: false',
    row: 'A byte order mark is refused',
  },
  {
    name: 'bytes that are no UTF-8 are repaired',
    file: 'http/body.ts',
    text: 'fatal: true',
    replacement: 'fatal: false',
    row: 'A body that is not UTF-8 is refused, never repaired',
  },
  {
    name: 'a body may be twice as long',
    file: 'http/body.ts',
    text: '1_048_576;',
    replacement: '2_097_152;',
    row: 'A body of 1 MiB and one byte is refused',
  },
  {
    name: 'a body that breaks off hides the status',
    file: 'response.ts',
    text: '.catch(() => undefined)',
    replacement: '',
    row: 'A 429 whose body breaks off keeps its Retry-After',
  },
];

test('core as it is passes every case', async () => {
  const results = await withBrokenCore(undefined, (core) => runCases(core, recorded, findInspectors()));
  expect(results.map(({ name }) => name)).toEqual(names);
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
});

test('there are at least 10 breaks', () => {
  expect(new Set(breaks.map(({ row }) => row)).size).toBeGreaterThanOrEqual(10);
});

test.each(breaks)('when $name, a case turns red: $row', async (change) => {
  const results = await withBrokenCore(change, (core) => runCases(core, recorded, findInspectors()));
  expect(names).toContain(change.row);
  expect(results.find(({ name }) => name === change.row)).toMatchObject({ outcome: 'failed' });
});

test.each([
  { text: 'no such text', times: 0 },
  { text: 'return undefined;', times: 2 },
])('a break whose text is there $times times is none', async ({ text, times }) => {
  const change: Break = {
    name: 'nothing',
    file: 'http/body.ts',
    text,
    replacement: '',
    row: 'June 31 is refused',
  };
  await expect(withBrokenCore(change, async () => 'used')).rejects.toThrow(`${times} times in http/body.ts`);
});
