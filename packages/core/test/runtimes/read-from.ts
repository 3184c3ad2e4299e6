// Runs on each runtime: reads a recording with the runtime's own fetch, and prints the cache mode of its request.
import { argv, stdout } from 'node:process';
import { createRecordingsClient } from '../../src/client.ts';
import { requested } from '../example.ts';

const inits: (RequestInit | undefined)[] = [];
const { fetch: send } = globalThis;
globalThis.fetch = (input, init) => {
  inits.push(init);
  return send(input, init);
};
const client = createRecordingsClient({ baseUrl: String(argv[2]) });
const { codec } = await client.fetch(requested.roomSid, requested.sid);
stdout.write(JSON.stringify({ codec, cache: inits.map((init) => init?.cache ?? 'none') }));
