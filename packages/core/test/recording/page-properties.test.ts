import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordingsError } from '../../src/errors.ts';
import { parseRecordingPage } from '../../src/recording/page.ts';
import { example, requested } from '../example.ts';
import { recordingWithoutNull } from './arbitrary.ts';

const { roomSid } = requested;

const items = fc.array(
  fc.oneof(
    fc.jsonValue(),
    fc.jsonValue().map((size) => ({ ...example, size })),
    recordingWithoutNull.map((recording) => ({ ...recording, room_sid: roomSid })),
  ),
  { maxLength: 10 },
);

describe('`parseRecordingPage()`', () => {
  it('returns a page for any JSON value, or throws a RecordingsError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          expect(parseRecordingPage(value, roomSid).meta.key).toBe('recordings');
        } catch (error) {
          expect(error).toBeInstanceOf(RecordingsError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('returns or names each item, and parses its own result to the same page', () => {
    fc.assert(
      fc.property(items, (recordings) => {
        const page = parseRecordingPage({ recordings, meta: {} }, roomSid);
        expect(page.recordings.length + (page.meta.invalid?.length ?? 0)).toBe(recordings.length);
        expect(parseRecordingPage(JSON.parse(JSON.stringify(page)), roomSid)).toEqual(page);
      }),
      { numRuns: 500 },
    );
  });
});
