/**
 * A UUID of version 7 (RFC 9562 section 5.7): the time goes first, so that what is made together lies together in every
 * index, and an insert touches the pages that the one before it touched.
 * @param milliseconds since 1970
 * @param random a UUID of version 4, whose 74 random bits it keeps
 */
export function timeOrderedId(milliseconds: number, random: string): string {
  const time = milliseconds.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}
