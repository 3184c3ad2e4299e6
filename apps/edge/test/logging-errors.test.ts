import { describe, expect, it } from 'vitest';
import { serializeError } from '../src/logging.ts';

/** What a runtime makes of a text that is no JSON: its message repeats it. */
function parseFault(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (fault) {
    return fault;
  }
}

/** An error whose message is another one since its stack was made. */
function renamed(): Error {
  const fault = new Error('first\nat canary-99');
  // V8 writes the stack at the first look at it, with the message of that moment.
  const { stack } = fault;
  fault.message = 'second';
  return Object.assign(fault, { stack });
}

describe('what the log tells of a fault', () => {
  it.each([
    ['JSON that has them', parseFault('\nat canary-99')],
    ['a message that has them', new TypeError('No.\n    at canary-99\n    at canary-99')],
    ['a message that is nothing else', new Error('\nat canary-99')],
    ['a message that was changed', renamed()],
  ])('S26: holds no line of a message that looks like a frame: %s', (_what, fault) => {
    expect(JSON.stringify(serializeError(fault))).not.toContain('canary');
  });

  it.each([
    ['a message', new TypeError('No.')],
    ['no message', new TypeError()],
    ['a message of its own name', new TypeError('TypeError')],
  ])('names the place of one with %s', (_what, fault) => {
    expect(serializeError(fault)).toMatchObject({ error: 'TypeError' });
    expect(serializeError(fault)['stack']).toMatch(/^at .*logging-errors\.test\.ts/);
  });

  it('names three frames at most', () => {
    const throwDeep = (depth: number): Error => (depth === 0 ? new TypeError('No.') : throwDeep(depth - 1));
    expect(String(serializeError(throwDeep(9))['stack']).match(/\bat /g)).toHaveLength(3);
  });
});
