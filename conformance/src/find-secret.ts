/** Formats a value in the same way as a runtime's console. */
export type Inspector = (value: unknown) => string;

/**
 * Searches a secret, as text and in base64, in all output that a log can contain for a value.
 *
 * @returns the place of the secret; undefined if it was not found.
 */
export function findSecret(
  value: unknown,
  secret: string,
  inspectors: readonly Inspector[],
): string | undefined {
  const forms = [secret, encodeURIComponent(secret), ...toBase64(secret)];
  const containsSecret = (text: string) => forms.some((form) => text.includes(form));
  if (containsSecret(String(value))) return 'as text';
  if (containsSecret(JSON.stringify(value) ?? '')) return 'as JSON';
  const index = inspectors.findIndex((inspect) => containsSecret(inspect(value)));
  if (index !== -1) return `in inspection ${index + 1} of ${inspectors.length}`;
  return walk(value, containsSecret);
}

/** Returns the three forms of a text within longer base64, without the characters that depend on its neighbours. */
function toBase64(text: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = btoa(`${'-'.repeat(shift)}${text}`).replace(/=+$/, '');
    return encoded.slice(shift === 0 ? 0 : 4, -4);
  });
}

/** Searches all own properties of a value, enumerable or not, and those of nested values. */
function walk(root: unknown, containsSecret: (text: string) => boolean): string | undefined {
  const seen = new Set<unknown>();
  const stack: { readonly path: string; readonly value: unknown }[] = [{ path: 'value', value: root }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { path, value } = next;
    if (typeof value === 'string' && containsSecret(value)) return `at ${path}`;
    if (!hasProperties(value) || seen.has(value)) continue;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      const keyPath = `${path}.${String(key)}`;
      if (containsSecret(String(key))) return `in the name of ${keyPath}`;
      stack.push({ path: keyPath, value: getProperty(value, key) });
    }
  }
  return undefined;
}

function hasProperties(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Some properties of functions throw on access. */
function getProperty(holder: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(holder, key);
  } catch {
    return undefined;
  }
}
