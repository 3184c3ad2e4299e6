import process from 'node:process';
import { startFakeTwilio } from '@room-recordings/testing/fake-twilio';
import { NOWHERE, recordingAt } from './recordings.ts';

// A fake Twilio in a process of its own, on the port of its argument. Every recording below NOWHERE exists.
await startFakeTwilio({
  port: Number(process.argv[2]),
  keepsConnections: true,
  findRecording: (path) => (Number.parseInt(path.slice(-32), 16) < NOWHERE ? recordingAt(path) : undefined),
});
process.stdout.write('fake Twilio is listening\n');
