import { describe, expect, it } from 'vitest';
import { parseRecordingResponse } from '../../src/response.ts';
import { requested, example } from '../example.ts';

/** Creates a response whose JSON has this text for one attribute. JSON.stringify would serialize some numbers differently. */
function responseWithText(name: string, text: string): Response {
  const rest = Object.entries(example).filter(([key]) => key !== name);
  return new Response(JSON.stringify(Object.fromEntries(rest)).replace('{', `{"${name}": ${text}, `));
}

/** Returns the parsed value of the attribute of such a response. */
async function parseText(name: string, text: string): Promise<unknown> {
  const recording = await parseRecordingResponse(responseWithText(name, text), requested);
  return new Map<string, unknown>(Object.entries(recording)).get(name);
}

describe('a number in the JSON of a response', () => {
  it.each(['offset', 'size', 'duration'])('is rejected beyond 2^53 and not rounded: %s', async (name) => {
    for (const text of ['9007199254740993', '"9007199254740993"', '9223372036854775807', '1e400']) {
      await expect(parseRecordingResponse(responseWithText(name, text), requested)).rejects.toMatchObject({
        code: 'invalid_response',
        status: 200,
        issues: [{ path: [name] }],
      });
    }
  });

  it.each([
    { name: 'offset', text: '9007199254740991', number: Number.MAX_SAFE_INTEGER },
    { name: 'offset', text: '-9007199254740991', number: Number.MIN_SAFE_INTEGER },
    { name: 'size', text: '9007199254740991', number: Number.MAX_SAFE_INTEGER },
    { name: 'size', text: '1e3', number: 1000 },
    { name: 'duration', text: '12.0', number: 12 },
  ])('is exact within 2^53: $name $text', async ({ name, text, number }) => {
    expect(await parseText(name, text)).toBe(number);
  });

  it.each([
    { name: 'offset', text: '-0' },
    { name: 'offset', text: '-0.0' },
    { name: 'offset', text: '"-0"' },
    { name: 'size', text: '-0' },
    { name: 'duration', text: '-0' },
  ])('becomes 0 for $text: $name', async ({ name, text }) => {
    expect(Object.is(await parseText(name, text), 0)).toBe(true);
  });
});

describe('a member that occurs twice', () => {
  it('has its last value', async () => {
    const text = JSON.stringify(example).replace('{', '{"size": 7, ');
    expect(await parseRecordingResponse(new Response(text), requested)).toMatchObject({ size: 0 });
  });
});
