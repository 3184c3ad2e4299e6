import { describe, expect, it } from 'vitest';
import { parseRecordingResponse } from '../../src/response.ts';
import { asked, example } from '../example.ts';

/** An answer whose JSON writes one attribute as this text, which JSON.stringify might write otherwise. */
function writing(name: string, text: string): Response {
  const rest = Object.entries(example).filter(([key]) => key !== name);
  return new Response(JSON.stringify(Object.fromEntries(rest)).replace('{', `{"${name}": ${text}, `));
}

/** What reading such an answer makes of the attribute. */
async function readAs(name: string, text: string): Promise<unknown> {
  const recording = await parseRecordingResponse(writing(name, text), asked);
  return new Map<string, unknown>(Object.entries(recording)).get(name);
}

describe('a number in the text of an answer', () => {
  it.each(['offset', 'size', 'duration'])(
    'is never rounded in %s: beyond 2^53 it is invalid',
    async (name) => {
      for (const text of ['9007199254740993', '"9007199254740993"', '9223372036854775807', '1e400']) {
        await expect(parseRecordingResponse(writing(name, text), asked)).rejects.toMatchObject({
          code: 'invalid_response',
          status: 200,
          issues: [{ path: [name] }],
        });
      }
    },
  );

  it.each([
    ['offset', '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['offset', '-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['size', '9007199254740991', Number.MAX_SAFE_INTEGER],
    ['size', '1e3', 1000],
    ['duration', '12.0', 12],
  ])('is exact within it: %s %s', async (name, text, number) => {
    expect(await readAs(name, text)).toBe(number);
  });

  it.each([
    ['offset', '-0'],
    ['offset', '-0.0'],
    ['offset', '"-0"'],
    ['size', '-0'],
    ['duration', '-0'],
  ])('is plain 0 in %s for %s', async (name, text) => {
    expect(Object.is(await readAs(name, text), 0)).toBe(true);
  });
});

describe('a name that comes twice', () => {
  it('has the value that came last, as everywhere in JSON', async () => {
    const text = JSON.stringify(example).replace('{', '{"size": 7, ');
    expect(await parseRecordingResponse(new Response(text), asked)).toMatchObject({ size: 0 });
  });
});
