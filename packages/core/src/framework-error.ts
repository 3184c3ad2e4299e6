/**
 * Checks whether a fault belongs to the framework around the program, which has to see it as it is.
 *
 * Next.js ends a static render by errors out of its `fetch`, such as that for `cache: 'no-store'`, and recognises them by
 * the text in `digest` alone; React marks a postponed render by `$$typeof`.
 *
 * @see https://nextjs.org/docs/messages/dynamic-server-error
 */
export function isFrameworkError(fault: unknown): boolean {
  if (typeof fault !== 'object' || fault === null) return false;
  return ('digest' in fault && typeof fault.digest === 'string') || '$$typeof' in fault;
}
