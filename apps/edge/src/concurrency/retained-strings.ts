/**
 * Copies a string, so that what keeps the copy does not keep a longer string alive.
 *
 * A runtime makes a slice of a header or a URL by reference: a Map of 32,768 addresses, each from the end of a header of 6 kB,
 * kept 206 MB on Node and 358 MB on Bun, and with copies 6 MB. JSON text and back is the copy that works on V8 and on JSC: to
 * take a slice of a concatenation copies on V8 alone, and `normalize`, a template or a property name copies on none.
 *
 * @param text any string, also one with lone surrogates.
 */
export function copyString(text: string): string {
  return String(JSON.parse(JSON.stringify(text)));
}
