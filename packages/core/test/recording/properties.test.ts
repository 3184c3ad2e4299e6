import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeParseRoomRecording, type ParseResult } from '../../src/recording/parse.ts';
import type { RoomRecording } from '../../src/recording/types.ts';
import {
  allNames,
  BREAKS,
  complete,
  DANGEROUS,
  described,
  enumNames,
  nullableNames,
  type Wire,
} from './arbitrary.ts';

/** The same values in each run. */
const REPEATABLE = { seed: 20_150_730, numRuns: 200 };

/** The recording that a value is. */
function recordingOf(value: unknown): RoomRecording {
  const result = safeParseRoomRecording(value);
  if (!result.success) throw new Error(`refused: ${JSON.stringify(result.issues)}`);
  return result.recording;
}

/** Where there are issues. A number may have two: a negative fraction is no integer and below 0. */
function pathsOf(result: ParseResult): readonly string[] {
  return result.success ? [] : [...new Set(result.issues.map(({ path }) => path.join('.')))];
}

/** An object without one of its members. */
function without(wire: Wire, key: string): Wire {
  return Object.fromEntries(Object.entries(wire).filter(([other]) => other !== key));
}

function object(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function expectPlain(value: object): void {
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  for (const key of DANGEROUS) expect(Object.hasOwn(value, key)).toBe(false);
}

describe('a recording as the contract has it', () => {
  it('comes out equal, in a fresh and plain object', () => {
    fc.assert(
      fc.property(described, (wire) => {
        const before = structuredClone(wire);
        const recording = recordingOf(wire);
        expect(recording).toEqual(wire);
        expect(wire).toEqual(before);
        expect(Object.keys(recording).toSorted()).toEqual(allNames);
        expect(recording).not.toBe(wire);
        expectPlain(recording);
        for (const part of ['grouping_sids', 'links'] as const) {
          if (recording[part] === null) continue;
          expect(recording[part]).not.toBe(wire[part]);
          expectPlain(recording[part]);
        }
      }),
      REPEATABLE,
    );
  });

  it('comes out the same when it goes in again', () => {
    fc.assert(
      fc.property(described, (wire) => {
        const recording = recordingOf(wire);
        expect(recordingOf(recording)).toEqual(recording);
        expect(recordingOf(JSON.parse(JSON.stringify(recording)))).toEqual(recording);
      }),
      REPEATABLE,
    );
  });

  it.each(nullableNames)('has null for %s when it is null, undefined or left out', (key) => {
    fc.assert(
      fc.property(described, (wire) => {
        const expected = { ...wire, [key]: null };
        expect(recordingOf(expected)).toEqual(expected);
        expect(recordingOf({ ...wire, [key]: undefined })).toEqual(expected);
        expect(recordingOf(without(wire, key))).toEqual(expected);
      }),
      { ...REPEATABLE, numRuns: 25 },
    );
  });
});

describe('one thing that leaves the contract', () => {
  it.each(Object.entries(BREAKS))('in %s is an issue at its path and nowhere else', (key, breaks) => {
    fc.assert(
      fc.property(described, breaks, (wire, [path, value]) => {
        const result = safeParseRoomRecording({ ...wire, [key]: value });
        expect(pathsOf(result)).toEqual([path]);
      }),
      { ...REPEATABLE, numRuns: 100 },
    );
  });

  it.each(enumNames)('such as a missing %s is an issue at its path and nowhere else', (key) => {
    fc.assert(
      fc.property(described, (wire) => {
        expect(pathsOf(safeParseRoomRecording(without(wire, key)))).toEqual([key]);
      }),
      { ...REPEATABLE, numRuns: 25 },
    );
  });

  it('is named with all the others', () => {
    const some = fc.subarray(Object.entries(BREAKS), { minLength: 1 });
    fc.assert(
      fc.property(
        described,
        some.chain((broken) =>
          fc.tuple(...broken.map(([key, breaks]) => fc.tuple(fc.constant(key), breaks))),
        ),
        (wire, broken) => {
          const changes = broken.map(([key, [, value]]) => [key, value] as const);
          const result = safeParseRoomRecording({ ...wire, ...Object.fromEntries(changes) });
          expect(pathsOf(result).toSorted()).toEqual(broken.map(([, [path]]) => path).toSorted());
        },
      ),
      REPEATABLE,
    );
  });
});

describe('names that reach for a prototype', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constant({ status: 'gone', media: '/Media', polluted: true }));
  // As own members, which is what JSON.parse makes of them and an object literal does not.
  const reaching = fc
    .tuple(value, value, value)
    .map((values) => Object.fromEntries(DANGEROUS.map((key, i) => [key, values[i]])));

  it('change nothing and come out nowhere', () => {
    const before = Object.getOwnPropertyDescriptors(Object.prototype);
    fc.assert(
      fc.property(complete, reaching, (wire, members) => {
        const { grouping_sids, links } = wire;
        const parts = {
          grouping_sids: { ...members, ...object(grouping_sids) },
          links: { ...members, ...object(links) },
        };
        const sent: unknown = JSON.parse(JSON.stringify({ ...members, ...wire, ...parts }));
        expect(Object.hasOwn(object(sent), '__proto__')).toBe(true);
        const recording = recordingOf(sent);
        expect(recording).toEqual(wire);
        for (const part of [recording, recording.grouping_sids, recording.links]) expectPlain(object(part));
      }),
      REPEATABLE,
    );
    expect(Object.getOwnPropertyDescriptors(Object.prototype)).toEqual(before);
  });

  it('say nothing where they are all there is', () => {
    fc.assert(
      fc.property(complete, reaching, (wire, members) => {
        expect(pathsOf(safeParseRoomRecording(members))).toEqual([
          'status',
          'type',
          'container_format',
          'codec',
        ]);
        const recording = recordingOf({ ...wire, grouping_sids: members, links: members });
        expect(recording).toEqual({ ...wire, grouping_sids: {}, links: null });
        expectPlain(object(recording.grouping_sids));
      }),
      REPEATABLE,
    );
  });
});

describe('any JSON at all', () => {
  const value = fc.jsonValue();
  const like = fc.dictionary(fc.constantFrom(...allNames), value, { noNullPrototype: true });
  const almost = fc.tuple(described, like).map(([wire, other]) => ({ ...wire, ...other }));

  it('is a recording or has issues that say what is wrong', () => {
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
