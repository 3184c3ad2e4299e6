/** Says where two JSON values first differ, or undefined where they are the same; the order of keys is none of it. */
export function firstDifference(expected: unknown, actual: unknown, path = ''): string | undefined {
  if (!isNested(expected) || !isNested(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    return Object.is(expected, actual)
      ? undefined
      : `${path || 'all'}: expected ${show(expected)}, got ${show(actual)}`;
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  for (const key of keys) {
    const where = path === '' ? key : `${path}.${key}`;
    if (!Object.hasOwn(actual, key)) return `${where}: expected ${show(expected[key])}, got nothing`;
    if (!Object.hasOwn(expected, key)) return `${where}: expected nothing, got ${show(actual[key])}`;
    const difference = firstDifference(expected[key], actual[key], where);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isNested(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
