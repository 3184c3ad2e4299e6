import { expect, test } from 'vitest';
import { caseNames, runCases } from '../src/cases.ts';
import { findInspectors } from '../src/inspectors.ts';
import { loadFixtures } from '../src/load-fixtures.ts';
import { withMutatedCore, type Mutation } from './mutated-core.ts';

const fixtures = loadFixtures();
const names = caseNames(fixtures);

const mutations: readonly Mutation[] = [
  {
    name: 'another recording is accepted',
    file: 'response.ts',
    text: '!isSameSid(sid, ref.sid) || !isSameSid(room_sid, ref.roomSid)',
    replacement: '!isSameSid(room_sid, ref.roomSid)',
    row: 'A response about another recording is a mismatch',
  },
  {
    name: 'the room is not compared',
    file: 'response.ts',
    text: '!isSameSid(sid, ref.sid) || !isSameSid(room_sid, ref.roomSid)',
    replacement: '!isSameSid(sid, ref.sid)',
    row: 'A response about another room is a mismatch',
  },
  {
    name: 'SIDs are compared with their case',
    file: 'recording/sid.ts',
    text: 'one.toLowerCase() === other.toLowerCase()',
    replacement: 'one === other',
    row: 'SIDs in another case than requested are accepted',
  },
  {
    name: 'a 410 becomes not_found',
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
    row: 'A redirect is not followed and is upstream',
  },
  {
    name: 'an error message contains the Authorization header',
    file: 'client.ts',
    text: '`No response was received. ${advice}`',
    replacement: '`No response was received with ${headers.Authorization}.`',
    row: 'The error after a network error does not show a secret',
  },
  {
    name: 'an error has the request as a hidden property',
    file: 'client.ts',
    text: 'if (error instanceof RecordingsError || isFrameworkError(error)) throw error;',
    replacement:
      "if (error instanceof Error) throw Object.defineProperty(error, 'init', { value: { headers } });",
    row: 'The error after a 401 does not show a secret',
  },
  {
    name: 'the function of bearerAuth has its header as a property',
    file: 'http/auth.ts',
    text: 'const header = `Bearer ${token}`;\n  return () => header;',
    replacement: 'const header = `Bearer ${token}`;\n  return Object.assign(() => header, { header });',
    row: 'A client and its options do not show a secret',
  },
  {
    name: 'a header is validated by the runtime only',
    file: 'client.ts',
    text: 'HEADER_VALUE.test(authorization)',
    replacement: "authorization !== ''",
    row: 'The error after a token with a line feed does not show a secret',
  },
  {
    name: 'credentials are added to the URL',
    file: 'client.ts',
    text: '/Recordings/${ref.sid}`;',
    replacement:
      "/Recordings/${ref.sid}${headers['Authorization'] ? `?auth=${headers['Authorization']}` : ''}`;",
    row: 'Credentials are sent in the Authorization header only',
  },
  {
    name: 'large integers are rounded',
    file: 'recording/schema.ts',
    text: 'v.safeInteger(',
    replacement: 'v.integer(',
    row: 'An offset beyond 2^53 is rejected and not rounded',
  },
  {
    name: 'June 31 is accepted',
    file: 'recording/date-time.ts',
    text: 'day <= daysIn(year, month)',
    replacement: 'day <= 31',
    row: 'June 31 is rejected',
  },
  {
    name: 'second 60 is accepted at any time',
    file: 'recording/date-time.ts',
    text: 'LEAP_MINUTES.has(utc.toISOString().slice(0, MINUTE_LENGTH))',
    replacement: 'true',
    row: 'Second 60 without a leap second is rejected',
  },
  {
    name: 'the offset of a leap second is ignored',
    file: 'recording/date-time.ts',
    text: ' - offsetMinutes * 60_000',
    replacement: '',
    row: 'A leap second is valid in any zone',
  },
  {
    name: 'a URL with any scheme is accepted',
    file: 'http/url.ts',
    text: 'HTTP_URL.test(text) && ',
    replacement: '',
    row: 'A media link with a javascript: URL is rejected',
  },
  {
    name: 'the characters of a URL are not checked',
    file: 'http/url.ts',
    text: '!FORBIDDEN.test(text) && ',
    replacement: '',
    row: 'A URL with a character that reverses text is rejected',
  },
  {
    name: 'unknown attributes are not dropped',
    file: 'response.ts',
    text: 'return { ...result.recording, sid, room_sid };',
    replacement: 'return { ...(body as object), ...result.recording, sid, room_sid };',
    row: 'Undocumented attributes are dropped',
  },
  {
    name: 'the codec is not converted to upper case',
    file: 'recording/normalize.ts',
    text: 'input.toUpperCase()',
    replacement: 'input',
    row: 'The codec opus becomes OPUS',
  },
  {
    name: 'an omitted attribute does not become null',
    file: 'recording/normalize.ts',
    text: "input['track_name'] ?? null",
    replacement: "input['track_name']",
    row: 'Omitted nullable attributes become null',
  },
  {
    name: 'an integer as text is not converted',
    file: 'recording/normalize.ts',
    text: "normalizeInteger(input['size'], NON_NEGATIVE_INTEGER_TEXT)",
    replacement: "input['size'] ?? null",
    row: 'Integers sent as texts become numbers',
  },
  {
    name: 'Retry-After is ignored',
    file: 'response.ts',
    text: "headers.get('Retry-After')",
    replacement: 'null',
    row: 'Code 20429, too many requests, is rate_limited with the seconds to wait',
  },
  {
    name: 'a date in Retry-After is ignored',
    file: 'http/retry.ts',
    text: 'Math.max(0, Math.ceil((date - now) / 1000))',
    replacement: 'undefined',
    row: 'A Retry-After that is a date becomes seconds from now',
  },
  {
    name: 'a past Retry-After is negative',
    file: 'http/retry.ts',
    text: 'Math.max(0, Math.ceil((date - now) / 1000))',
    replacement: 'Math.ceil((date - now) / 1000)',
    row: 'A past Retry-After is 0 seconds',
  },
  {
    name: 'a Retry-After without a zone is not in UTC',
    file: 'http/retry.ts',
    text: '${value} GMT',
    replacement: '${value} EST',
    row: 'A Retry-After in the asctime format is in UTC',
  },
  {
    name: 'a byte order mark is removed',
    file: 'http/body.ts',
    text: 'ignoreBOM: true',
    replacement: 'ignoreBOM: false',
    row: 'A byte order mark is rejected',
  },
  {
    name: 'bytes that are not UTF-8 are repaired',
    file: 'http/body.ts',
    text: 'fatal: true',
    replacement: 'fatal: false',
    row: 'A body that is not UTF-8 is rejected and not repaired',
  },
  {
    name: 'a body of 2 MiB is accepted',
    file: 'http/body.ts',
    text: '1_048_576;',
    replacement: '2_097_152;',
    row: 'A body of 1 MiB and one byte is rejected',
  },
  {
    name: 'a body that breaks off hides the status',
    file: 'response.ts',
    text: '.catch(() => undefined)',
    replacement: '',
    row: 'A 429 whose body breaks off keeps its Retry-After',
  },
  {
    name: 'a page accepts a recording of another room',
    file: 'recording/page.ts',
    text: '!isSameSid(room_sid, room)',
    replacement: 'false',
    row: 'A page with a recording of another room is a mismatch',
  },
  {
    name: 'an invalid recording of a page is not named',
    file: 'recording/page.ts',
    text: 'invalid.length === 0 ?',
    replacement: 'true ?',
    row: 'A recording of a page that is invalid is left out and named',
  },
  {
    name: 'a page may be as long as a recording only',
    file: 'http/body.ts',
    text: '8_388_608;',
    replacement: '1_048_576;',
    row: 'A page of 2 MiB is parsed',
  },
];

test('the unchanged core passes all cases', async () => {
  const results = await withMutatedCore(undefined, (core) => runCases(core, fixtures, findInspectors()));
  expect(results.map(({ name }) => name)).toEqual(names);
  expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
});

test('at least 10 cases have a mutation', () => {
  expect(new Set(mutations.map(({ row }) => row)).size).toBeGreaterThanOrEqual(10);
});

test.each(mutations)('if $name, this case fails: $row', async (mutation) => {
  const results = await withMutatedCore(mutation, (core) => runCases(core, fixtures, findInspectors()));
  expect(names).toContain(mutation.row);
  expect(results.find(({ name }) => name === mutation.row)).toMatchObject({ outcome: 'failed' });
});

test.each([
  { text: 'no such text', times: 0 },
  { text: 'return undefined;', times: 2 },
])('a mutation whose text occurs $times times is rejected', async ({ text, times }) => {
  const mutation: Mutation = {
    name: 'no mutation',
    file: 'http/body.ts',
    text,
    replacement: '',
    row: 'June 31 is rejected',
  };
  await expect(withMutatedCore(mutation, async () => 'used')).rejects.toThrow(`occurs ${times} times.`);
});
