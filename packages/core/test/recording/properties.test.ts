import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeParseRoomRecording, type ParseResult } from '../../src/recording/parse.ts';
import type { RoomRecording } from '../../src/recording/types.ts';
import {
  allNames,
  INVALID_VALUES,
  recordingWithoutNull,
  DANGEROUS,
  validRecording,
  enumNames,
  nullableNames,
  type JsonRecording,
} from './arbitrary.ts';

/** A fixed seed, so that each run has the same values. */
const REPEATABLE = { seed: 20_150_730, numRuns: 200 };

/** Parses a value that must be valid. */
function parseValid(value: unknown): RoomRecording {
  const result = safeParseRoomRecording(value);
  if (!result.success) throw new Error(`rejected: ${JSON.stringify(result.issues)}`);
  return result.recording;
}

/** Returns the paths of all issues. A number may have two issues: a negative fraction is not an integer and below 0. */
function findPaths(result: ParseResult): readonly string[] {
  return result.success ? [] : [...new Set(result.issues.map(({ path }) => path.join('.')))];
}

/** Copies an object without one of its members. */
function without(input: JsonRecording, key: string): JsonRecording {
  return Object.fromEntries(Object.entries(input).filter(([other]) => other !== key));
}

function object(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function expectPlain(value: object): void {
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  for (const key of DANGEROUS) expect(Object.hasOwn(value, key)).toBe(false);
}

describe('a valid recording', () => {
  it('is parsed to an equal new plain object', () => {
    fc.assert(
      fc.property(validRecording, (input) => {
        const before = structuredClone(input);
        const recording = parseValid(input);
        expect(recording).toEqual(input);
        expect(input).toEqual(before);
        expect(Object.keys(recording).toSorted()).toEqual(allNames);
        expect(recording).not.toBe(input);
        expectPlain(recording);
        for (const part of ['grouping_sids', 'links'] as const) {
          if (recording[part] === null) continue;
          expect(recording[part]).not.toBe(input[part]);
          expectPlain(recording[part]);
        }
      }),
      REPEATABLE,
    );
  });

  it('is parsed to itself a second time', () => {
    fc.assert(
      fc.property(validRecording, (input) => {
        const recording = parseValid(input);
        expect(parseValid(recording)).toEqual(recording);
        expect(parseValid(JSON.parse(JSON.stringify(recording)))).toEqual(recording);
      }),
      REPEATABLE,
    );
  });

  it.each(nullableNames)('has null for %s if it is null, undefined or omitted', (key) => {
    fc.assert(
      fc.property(validRecording, (input) => {
        const expected = { ...input, [key]: null };
        expect(parseValid(expected)).toEqual(expected);
        expect(parseValid({ ...input, [key]: undefined })).toEqual(expected);
        expect(parseValid(without(input, key))).toEqual(expected);
      }),
      { ...REPEATABLE, numRuns: 25 },
    );
  });
});

describe('an invalid attribute', () => {
  it.each(Object.entries(INVALID_VALUES))('%s has an issue at its path only', (key, invalidValues) => {
    fc.assert(
      fc.property(validRecording, invalidValues, (input, [path, value]) => {
        const result = safeParseRoomRecording({ ...input, [key]: value });
        expect(findPaths(result)).toEqual([path]);
      }),
      { ...REPEATABLE, numRuns: 100 },
    );
  });

  it.each(enumNames)('an omitted %s has an issue at its path only', (key) => {
    fc.assert(
      fc.property(validRecording, (input) => {
        expect(findPaths(safeParseRoomRecording(without(input, key)))).toEqual([key]);
      }),
      { ...REPEATABLE, numRuns: 25 },
    );
  });

  it('has an issue beside those of other attributes', () => {
    const some = fc.subarray(Object.entries(INVALID_VALUES), { minLength: 1 });
    fc.assert(
      fc.property(
        validRecording,
        some.chain((invalid) =>
          fc.tuple(...invalid.map(([key, invalidValues]) => fc.tuple(fc.constant(key), invalidValues))),
        ),
        (input, invalid) => {
          const changes = invalid.map(([key, [, value]]) => [key, value] as const);
          const result = safeParseRoomRecording({ ...input, ...Object.fromEntries(changes) });
          expect(findPaths(result).toSorted()).toEqual(invalid.map(([, [path]]) => path).toSorted());
        },
      ),
      REPEATABLE,
    );
  });
});

describe('members that access a prototype', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constant({ status: 'gone', media: '/Media', polluted: true }));
  // As own members: JSON.parse creates own members, and an object literal does not.
  const dangerousMembers = fc
    .tuple(value, value, value)
    .map((values) => Object.fromEntries(DANGEROUS.map((key, i) => [key, values[i]])));

  it('are dropped and change nothing', () => {
    const before = Object.getOwnPropertyDescriptors(Object.prototype);
    fc.assert(
      fc.property(recordingWithoutNull, dangerousMembers, (input, members) => {
        const { grouping_sids, links } = input;
        const parts = {
          grouping_sids: { ...members, ...object(grouping_sids) },
          links: { ...members, ...object(links) },
        };
        const sent: unknown = JSON.parse(JSON.stringify({ ...members, ...input, ...parts }));
        expect(Object.hasOwn(object(sent), '__proto__')).toBe(true);
        const recording = parseValid(sent);
        expect(recording).toEqual(input);
        for (const part of [recording, recording.grouping_sids, recording.links]) expectPlain(object(part));
      }),
      REPEATABLE,
    );
    expect(Object.getOwnPropertyDescriptors(Object.prototype)).toEqual(before);
  });

  it('are rejected as the only members', () => {
    fc.assert(
      fc.property(recordingWithoutNull, dangerousMembers, (input, members) => {
        expect(findPaths(safeParseRoomRecording(members))).toEqual([
          'status',
          'type',
          'container_format',
          'codec',
        ]);
        const recording = parseValid({ ...input, grouping_sids: members, links: members });
        expect(recording).toEqual({ ...input, grouping_sids: {}, links: null });
        expectPlain(object(recording.grouping_sids));
      }),
      REPEATABLE,
    );
  });
});

describe('any JSON value', () => {
  const value = fc.jsonValue();
  const like = fc.dictionary(fc.constantFrom(...allNames), value, { noNullPrototype: true });
  const almost = fc.tuple(validRecording, like).map(([input, other]) => ({ ...input, ...other }));

  it('is a recording or has at least one issue', () => {
    fc.assert(
      fc.property(fc.oneof(value, like, almost), (json) => {
        const result = safeParseRoomRecording(json);
        if (result.success) return;
        expect(result.issues).not.toEqual([]);
        for (const { expected, received } of result.issues) {
          expect(expected).not.toBe('');
          expect(received).not.toBe('');
          expect(received.length).toBeLessThanOrEqual(60);
        }
      }),
      { ...REPEATABLE, numRuns: 1000 },
    );
  });
});
