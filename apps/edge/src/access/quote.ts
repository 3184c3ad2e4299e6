/** Characters of a quoted text. Names of rooms are shorter, unless somebody wants to fill the log. */
const MAX_CHARACTERS = 64;

/**
 * Quotes a text of a verified token for the log: shortened, in quotation marks, and with every character escaped that is not
 * visible ASCII. JSON text leaves control characters such as U+009B and U+202E as they are, and a terminal obeys them.
 *
 * @returns at most 64 characters of the text, each as it is or as `\uXXXX`, with `...` behind the quotation mark if it was longer.
 */
export function quoteForLog(text: string): string {
  const quoted = JSON.stringify(text.slice(0, MAX_CHARACTERS)).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > MAX_CHARACTERS ? `${quoted}...` : quoted;
}
