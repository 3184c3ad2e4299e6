/**
 * Makes request ids: a random prefix of the process, and a counter.
 *
 * The prefix is drawn at the first request, because Workers allow no randomness before one.
 */
export function createRequestIds(): () => string {
  let prefix: string | undefined;
  let count = 0;
  return () => {
    prefix ??= crypto.randomUUID().slice(0, 8);
    count += 1;
    return `${prefix}-${count}`;
  };
}
