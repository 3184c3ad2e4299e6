import { expect, it } from 'vitest';
import * as core from '../src/index.ts';

it('the entry point of core exports exactly the listed names', () => {
  expect(Object.keys(core).toSorted()).toEqual([
    'InvalidArgumentError',
    'RETRYABLE_STATUSES',
    'RecordingsError',
    'RoomRecordingsError',
    'basicAuth',
    'bearerAuth',
    'codeForStatus',
    'createRecordingsClient',
    'isRecordingSid',
    'isRoomSid',
    'parseRecordingPage',
    'parseRecordingResponse',
    'parseRetryAfter',
    'parseRoomRecording',
    'roomRecordingSchema',
    'safeParseRoomRecording',
    'timelineSchema',
  ]);
});
