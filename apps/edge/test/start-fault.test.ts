import { describe, expect, it } from 'vitest';
import { explainStart } from '../src/entries/start-fault.ts';

const TAKEN = 'PORT is taken: stop the other program, or set PORT to a free port.';

describe('explainStart', () => {
  it.each([
    [
      'Node',
      Object.assign(new Error('listen EADDRINUSE: address already in use 127.0.0.1:1'), {
        code: 'EADDRINUSE',
      }),
      TAKEN,
    ],
    ['Bun', new Error('Failed to start server. Is port 8787 in use?'), TAKEN],
    ['Deno', new Error('Address already in use (os error 98)'), TAKEN],
    ['a setting', new Error('PORT must be a port, 1 to 65535.'), 'PORT must be a port, 1 to 65535.'],
    ['more than one line', new Error('first\nsecond'), 'first'],
    ['what is no error', 'text', 'text'],
  ])('puts the fault into one line: %s', (_what, fault, line) => {
    expect(explainStart(fault)).toBe(line);
  });
});
