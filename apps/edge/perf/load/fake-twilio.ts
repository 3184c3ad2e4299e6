import process from 'node:process';
import { startFakeTwilio } from '@room-recordings/testing/fake-twilio';
import { FIRST_UNKNOWN, serializeRecording } from './recordings.ts';

// A fake Twilio as a separate process, on the port of its argument. Every recording before FIRST_UNKNOWN exists.
await startFakeTwilio({
  port: Number(process.argv[2]),
  keepsConnections: true,
  findRecording: (path) =>
    Number.parseInt(path.slice(-32), 16) < FIRST_UNKNOWN ? serializeRecording(path) : undefined,
});
process.stdout.write('fake Twilio is listening\n');
