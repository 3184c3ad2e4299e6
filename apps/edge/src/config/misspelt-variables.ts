import { CONFIG_VARIABLES } from './config.ts';

/** Shorter names, HOST and PORT, are one letter away from too many variables of other programs. */
const MIN_LENGTH = 5;

/** From this length on two edits still count as a misspelling; below it one edit does. */
const LONG_NAME = 8;

/** Longer names than any setting's are left out, so that the cost of a comparison has a bound. */
const MAX_LENGTH = 64;

/**
 * Writes a warning for each variable that looks like a misspelt setting; a warning has names and no value.
 *
 * Other programs have variables such as TWILIO_PHONE_NUMBER in the same environment, so a common prefix alone is not enough:
 * a name must differ from a setting's by case, separators, one or two letters, or words that are cut short.
 *
 * @param names of all variables that are set.
 * @param known names that are not settings but have a meaning, such as those of bindings.
 * @returns one line each; none if every variable is a setting or looks like no setting.
 */
export function misspeltVariableWarnings(
  names: readonly string[],
  known: readonly string[] = [],
): readonly string[] {
  const meant = new Set([...CONFIG_VARIABLES, ...known]);
  return names
    .filter((name) => !meant.has(name) && /^[\w.-]+$/.test(name) && name.length <= MAX_LENGTH)
    .flatMap((name) => {
      const nearest = findNearest(name);
      if (nearest === undefined) return [];
      return [`The variable ${name} is not a setting and has no effect. Did you mean ${nearest}?`];
    });
}

function findNearest(name: string): string | undefined {
  const words = splitWords(name);
  const joined = words.join('');
  const [best] = CONFIG_VARIABLES.filter((setting) => setting.length >= MIN_LENGTH)
    .map((setting) => {
      const distance = measureEdits(joined, splitWords(setting).join(''));
      const isNear = distance <= (setting.length < LONG_NAME ? 1 : 2);
      return { setting, distance, isNear: isNear || isCutShort(words, splitWords(setting)) };
    })
    .filter(({ isNear }) => isNear)
    .toSorted((one, other) => one.distance - other.distance);
  return best?.setting;
}

/** Splits ALLOWED_ORIGINS, allowed-origins and allowedOrigins alike. */
function splitWords(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[_.-]+/)
    .filter((word) => word !== '');
}

/** Whether each word begins like its counterpart, as in JWT_AUD and LIFETIME_PROC; a name of one word is never cut short. */
function isCutShort(words: readonly string[], whole: readonly string[]): boolean {
  return (
    words.length === whole.length &&
    words.length > 1 &&
    words.every(
      (word, nth) => word === whole[nth] || (word.length >= 3 && whole[nth]?.startsWith(word) === true),
    )
  );
}

/**
 * Counts the insertions, deletions, replacements and swaps of neighbours between two texts.
 *
 * @see https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance
 */
function measureEdits(one: string, other: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: other.length + 1 }, (_, nth) => nth);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwap = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const costs = [
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      ];
      if (isSwap) costs.push((beforeLast[column - 2] ?? 0) + 1);
      current.push(Math.min(...costs));
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
