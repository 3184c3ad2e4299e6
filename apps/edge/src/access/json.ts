/** Reads JSON; undefined for what is none. The runtime's own fault is not passed on, because its message repeats the text. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
