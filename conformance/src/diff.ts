/**
 * Compares two JSON values. The order of keys is not compared.
 *
 * @returns the path and both values of the first difference; undefined for equal values.
 */
export function firstDifference(expected: unknown, actual: unknown, path = ''): string | undefined {
  if (!isNested(expected) || !isNested(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    return Object.is(expected, actual)
      ? undefined
      : `${path || 'all'}: expected ${format(expected)}, got ${format(actual)}`;
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  for (const key of keys) {
    const keyPath = path === '' ? key : `${path}.${key}`;
    if (!Object.hasOwn(actual, key)) return `${keyPath}: expected ${format(expected[key])}, got nothing`;
    if (!Object.hasOwn(expected, key)) return `${keyPath}: expected nothing, got ${format(actual[key])}`;
    const difference = firstDifference(expected[key], actual[key], keyPath);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isNested(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function format(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
