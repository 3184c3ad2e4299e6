/**
 * Reads the claim of a name, which may have dots, or else the claim inside others that the dots lead to.
 *
 * @returns undefined if the claims have none of them.
 */
export function getClaim(claims: object, name: string): unknown {
  const entries = new Map<string, unknown>(Object.entries(claims));
  if (entries.has(name)) return entries.get(name);
  const [first = '', ...rest] = name.split('.');
  const inner = entries.get(first);
  const leadsOn = rest.length > 0 && typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  return leadsOn ? getClaim(inner, rest.join('.')) : undefined;
}
