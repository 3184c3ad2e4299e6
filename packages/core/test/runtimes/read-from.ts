// Runs on each runtime: reads a recording with the runtime's own fetch, and prints what that fetch was given.
import { argv, stdout } from 'node:process';
import { createRecordingsClient } from '../../src/client.ts';
import { asked } from '../example.ts';

const inits: (RequestInit | undefined)[] = [];
const { fetch: send } = globalThis;
globalThis.fetch = (input, init) => {
  inits.push(init);
  return send(input, init);
};
const client = createRecordingsClient({ baseUrl: String(argv[2]) });
const { codec } = await client.fetch(asked.roomSid, asked.sid);
stdout.write(JSON.stringify({ codec, cache: inits.map((init) => init?.cache ?? 'none') }));
