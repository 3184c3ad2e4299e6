import { CONFIG_VARIABLES } from './config.ts';

/** Characters. HOST and PORT are shorter, and differ by one letter from too many variables of other programs. */
const MIN_NAME_LENGTH = 5;

/** Characters. A name of this length or more may differ by two edits, a shorter one by one edit. */
const LONG_NAME_LENGTH = 8;

/** Characters. Longer names than this are ignored, which limits the cost of a comparison. */
const MAX_NAME_LENGTH = 64;

/**
 * Describes each variable that looks like a misspelt setting. A warning contains names and never a value.
 *
 * Other programs have variables such as TWILIO_PHONE_NUMBER in the same environment, so a common prefix is not enough. A name
 * must differ from a setting by case, by separators, by one or two letters, or by abbreviated words.
 *
 * @param names the names of all variables in the environment.
 * @param known names with another meaning, such as bindings, which are never reported.
 * @returns one line for each such variable; an empty array if none looks like a setting.
 */
export function describeMisspeltVariables(
  names: readonly string[],
  known: readonly string[] = [],
): readonly string[] {
  const ignored = new Set([...CONFIG_VARIABLES, ...known]);
  return names
    .filter((name) => !ignored.has(name) && /^[\w.-]+$/.test(name) && name.length <= MAX_NAME_LENGTH)
    .flatMap((name) => {
      const nearest = findNearest(name);
      if (nearest === undefined) return [];
      return [`The variable ${name} is not a setting and has no effect. Did you mean ${nearest}?`];
    });
}

/** Finds the setting with the smallest edit distance; undefined if no setting is near. */
function findNearest(name: string): string | undefined {
  const words = splitWords(name);
  const joined = words.join('');
  const [best] = CONFIG_VARIABLES.filter((setting) => setting.length >= MIN_NAME_LENGTH)
    .map((setting) => {
      const distance = computeEditDistance(joined, splitWords(setting).join(''));
      const isNear = distance <= (setting.length < LONG_NAME_LENGTH ? 1 : 2);
      return { setting, distance, isNear: isNear || isAbbreviation(words, splitWords(setting)) };
    })
    .filter(({ isNear }) => isNear)
    .toSorted((left, right) => left.distance - right.distance);
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

/** Checks if each word begins like its counterpart, as in JWT_AUD and LIFETIME_PROC. A single word never counts. */
function isAbbreviation(words: readonly string[], fullWords: readonly string[]): boolean {
  return (
    words.length === fullWords.length &&
    words.length > 1 &&
    words.every(
      (word, index) =>
        word === fullWords[index] || (word.length >= 3 && fullWords[index]?.startsWith(word) === true),
    )
  );
}

/**
 * Counts the insertions, deletions, replacements and swaps of neighbours that turn one text into another.
 *
 * @see https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance
 */
function computeEditDistance(left: string, right: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
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
  return last[right.length] ?? 0;
}
