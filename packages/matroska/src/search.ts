/**
 * Finds the last row whose value is at most `value`, in values that ascend.
 *
 * @returns -1 if all values are greater.
 */
export function findLastAtMost(values: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
