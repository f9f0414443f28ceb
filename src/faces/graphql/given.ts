/**
 * The value without members that are null, at any depth. Clients send null for "not given" in arguments, filters and
 * creates; in updates null means "empty this field" and stays.
 */
export function given(value: unknown): unknown {
  return lacksNothing(value) ? value : withoutNull(value);
}

/** Most inputs come whole, and a long list of items is not copied for nothing. */
function lacksNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.every(lacksNothing);
  return Object.values(value).every((member) => member !== null && member !== undefined && lacksNothing(member));
}

function withoutNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNull);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNull(member)]));
}
