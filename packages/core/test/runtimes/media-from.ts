// Runs on each runtime: reads media with the runtime's own fetch past the client's time limit, aborts it, and prints the result.
import { argv, stdout } from 'node:process';
import { createRecordingsClient } from '../../src/client.ts';
import { requested } from '../example.ts';

const controller = new AbortController();
const client = createRecordingsClient({
  baseUrl: String(argv[2]),
  auth: () => 'Bearer canary',
  timeoutMs: 2000,
});
const { roomSid, sid } = requested;
const response = await client.media(roomSid, sid, { range: 'bytes=0-', signal: controller.signal });
const reader = response.body?.getReader();
const startedAt = performance.now();
let bytes = 0;
while (performance.now() - startedAt < 2500) {
  const chunk = await reader?.read();
  bytes += chunk?.value?.byteLength ?? 0;
}
controller.abort();
const after = await reader?.read().then(
  ({ done }) => `done: ${done}`,
  () => 'aborted',
);
stdout.write(JSON.stringify({ status: response.status, isLong: bytes >= 1500, after }));
