import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { parseRecordingResponse } from '../../src/response.ts';
import { RecordingsError } from '../../src/errors.ts';
import { requested, example } from '../example.ts';

const MIB = 2 ** 20;
const LONG = 'x'.repeat(900_000);

setFlagsFromString('--expose-gc');
// V8 defines the function in contexts that are created after the flag.
const collectGarbage = runInNewContext('gc') as () => void;

it.each([
  {
    name: 'an invalid value of 900 kB',
    body: { ...example, status: LONG },
    status: 200,
    kept: { code: 'invalid_response', issues: [{ path: ['status'], received: `"${LONG.slice(0, 39)}…` }] },
  },
  {
    name: 'an invalid member with a name of 900 kB',
    body: { ...example, grouping_sids: { [LONG]: 5 } },
    status: 200,
    kept: { code: 'invalid_response', issues: [{ path: ['grouping_sids', `${LONG.slice(0, 100)}…`] }] },
  },
  {
    name: 'a message of 900 kB',
    body: { message: LONG },
    status: 404,
    kept: { code: 'not_found', message: LONG.slice(0, 200) },
  },
])('an error about $name does not keep the body in memory', async ({ body, status, kept }) => {
  const text = JSON.stringify(body);
  const errors: unknown[] = [];
  const before = heapBytes();
  for (let nth = 0; nth < 50; nth += 1) {
    const response = new Response(text, { status });
    errors.push(await parseRecordingResponse(response, requested).catch((error: unknown) => error));
  }
  // Fifty bodies are 45 MB; fifty errors are a few kB.
  expect(heapBytes() - before).toBeLessThan(10 * MIB);
  expect(errors).toHaveLength(50);
  expect(errors[49]).toBeInstanceOf(RecordingsError);
  expect(errors[49]).toMatchObject(kept);
});

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
