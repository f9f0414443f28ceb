/** The fields that were given: those of an optional input that are not `undefined`. */
export type Given<T> = { readonly [F in keyof T]?: Exclude<T[F], undefined> };

export function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
