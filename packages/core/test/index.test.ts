import { expect, it } from 'vitest';
import * as core from '../src/index.ts';

it('the entry exports exactly these names', () => {
  expect(Object.keys(core).toSorted()).toEqual([
    'RETRYABLE_STATUSES',
    'RecordingsError',
    'basicAuth',
    'bearerAuth',
    'codeForStatus',
    'createRecordingsClient',
    'isRecordingSid',
    'isRoomSid',
    'parseRecordingResponse',
    'parseRetryAfter',
    'parseRoomRecording',
    'roomRecordingSchema',
    'safeParseRoomRecording',
  ]);
});
