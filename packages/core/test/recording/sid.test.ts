import { describe, expect, it } from 'vitest';
import { isRecordingSid, isRoomSid, isSameSid } from '../../src/recording/sid.ts';

const LOWER = '0123456789abcdef0123456789abcdef';
const UPPER = '0123456789ABCDEF0123456789ABCDEF';

describe.each([
  { guard: isRoomSid, prefix: 'RM', other: 'RT' },
  { guard: isRecordingSid, prefix: 'RT', other: 'RM' },
])('$guard.name', ({ guard, prefix, other }) => {
  it.each([
    ['lower-case digits', LOWER],
    ['upper-case digits', UPPER],
    ['digits of both cases', LOWER.slice(0, 16) + UPPER.slice(16)],
  ])('accepts %s', (_what, digits) => {
    expect(guard(prefix + digits)).toBe(true);
  });

  it.each([
    ['the other prefix', other + LOWER],
    ['the prefix in lower case', prefix.toLowerCase() + LOWER],
    ['31 digits', prefix + LOWER.slice(1)],
    ['33 digits', `${prefix}${LOWER}0`],
    ['a letter beyond f', `${prefix}${LOWER.slice(1)}g`],
    ['a line break after it', `${prefix}${LOWER}\n`],
    ['a space before it', ` ${prefix}${LOWER}`],
    ['a path after it', `${prefix}${LOWER}/Media`],
    ['a unique name', 'DailyStandup'],
    ['an empty text', ''],
    ['a list that holds one', [prefix + LOWER]],
    ['an object that turns into one', { toString: () => prefix + LOWER }],
    ['null', null],
    ['undefined', undefined],
    ['a number', 32],
  ])('refuses %s', (_what, value) => {
    expect(guard(value)).toBe(false);
  });
});

describe('isSameSid', () => {
  it('holds two cases of the same digits for the same SID', () => {
    expect(isSameSid(`RM${LOWER}`, `RM${UPPER}`)).toBe(true);
  });

  it('holds other digits for another SID', () => {
    expect(isSameSid(`RM${LOWER}`, `RM${'0'.repeat(32)}`)).toBe(false);
  });

  it('holds another prefix for another SID', () => {
    expect(isSameSid(`RM${LOWER}`, `RT${LOWER}`)).toBe(false);
  });
});
