/**
 * Copies the start of a text, at most `longest` UTF-16 code units of it.
 *
 * An error outlives the body that it describes, and a slice would keep that whole body in memory.
 */
export function copyStart(text: string, longest: number): string {
  return Array.from(text.slice(0, longest)).join('');
}
