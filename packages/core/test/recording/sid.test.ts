import { describe, expect, it } from 'vitest';
import { isRecordingSid, isRoomSid, isSameSid } from '../../src/recording/sid.ts';

const LOWER = '0123456789abcdef0123456789abcdef';
const UPPER = '0123456789ABCDEF0123456789ABCDEF';

describe.each([
  { guard: isRoomSid, prefix: 'RM', other: 'RT' },
  { guard: isRecordingSid, prefix: 'RT', other: 'RM' },
])('`$guard.name()`', ({ guard, prefix, other }) => {
  it.each([
    { name: 'lower-case digits', digits: LOWER },
    { name: 'upper-case digits', digits: UPPER },
    { name: 'digits of both cases', digits: LOWER.slice(0, 16) + UPPER.slice(16) },
  ])('accepts $name', ({ digits }) => {
    expect(guard(prefix + digits)).toBe(true);
  });

  it.each([
    { name: 'the other prefix', value: other + LOWER },
    { name: 'the prefix in lower case', value: prefix.toLowerCase() + LOWER },
    { name: '31 digits', value: prefix + LOWER.slice(1) },
    { name: '33 digits', value: `${prefix}${LOWER}0` },
    { name: 'a letter beyond f', value: `${prefix}${LOWER.slice(1)}g` },
    { name: 'a line break after it', value: `${prefix}${LOWER}\n` },
    { name: 'a space before it', value: ` ${prefix}${LOWER}` },
    { name: 'a path after it', value: `${prefix}${LOWER}/Media` },
    { name: 'a unique name', value: 'DailyStandup' },
    { name: 'an empty string', value: '' },
    { name: 'an array with a SID', value: [prefix + LOWER] },
    { name: 'an object whose toString() returns a SID', value: { toString: () => prefix + LOWER } },
    { name: 'null', value: null },
    { name: 'undefined', value: undefined },
    { name: 'a number', value: 32 },
  ])('rejects $name', ({ value }) => {
    expect(guard(value)).toBe(false);
  });
});

describe('`isSameSid()`', () => {
  it('returns true for digits in another case', () => {
    expect(isSameSid(`RM${LOWER}`, `RM${UPPER}`)).toBe(true);
  });

  it('returns false for other digits', () => {
    expect(isSameSid(`RM${LOWER}`, `RM${'0'.repeat(32)}`)).toBe(false);
  });

  it('returns false for another prefix', () => {
    expect(isSameSid(`RM${LOWER}`, `RT${LOWER}`)).toBe(false);
  });
});
