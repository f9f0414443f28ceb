/**
 * The value without members that are null, at any depth. Clients send null for "not given" in arguments, filters and
 * creates; in updates null means "empty this field" and stays.
 */
export function given(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(given);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, given(member)]));
}
