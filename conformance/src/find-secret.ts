/** Shows a value as a runtime's console would. */
export type Inspector = (value: unknown) => string;

/** Says where a secret shows when a value is logged, as it is or in base64; undefined where it does not. */
export function findSecret(
  value: unknown,
  secret: string,
  inspectors: readonly Inspector[],
): string | undefined {
  const forms = [secret, encodeURIComponent(secret), ...toBase64(secret)];
  const shows = (text: string) => forms.some((form) => text.includes(form));
  if (shows(String(value))) return 'as text';
  if (shows(JSON.stringify(value) ?? '')) return 'as JSON';
  const index = inspectors.findIndex((inspect) => shows(inspect(value)));
  if (index !== -1) return `in inspection ${index + 1} of ${inspectors.length}`;
  return walk(value, shows);
}

/** The three ways in which a text shows within base64, without the ends that depend on what is around it. */
function toBase64(text: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const whole = btoa(`${'-'.repeat(shift)}${text}`).replace(/=+$/, '');
    return whole.slice(shift === 0 ? 0 : 4, -4);
  });
}

/** Looks at every property of its own that a value has, enumerable or not, and at those of what they hold. */
function walk(root: unknown, shows: (text: string) => boolean): string | undefined {
  const seen = new Set<unknown>();
  const open: { readonly path: string; readonly value: unknown }[] = [{ path: 'value', value: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, value } = next;
    if (typeof value === 'string' && shows(value)) return `at ${path}`;
    if (!isHolder(value) || seen.has(value)) continue;
    seen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      const where = `${path}.${String(key)}`;
      if (shows(String(key))) return `in the name of ${where}`;
      open.push({ path: where, value: valueOf(value, key) });
    }
  }
  return undefined;
}

function isHolder(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Some properties of functions throw when they are read. */
function valueOf(holder: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(holder, key);
  } catch {
    return undefined;
  }
}
