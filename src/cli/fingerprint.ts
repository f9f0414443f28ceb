/** A hex digest in groups of four, as people compare it: the same wherever kyok shows one. */
export function fingerprintText(hex: string): string {
  return hex.replace(/(.{4})(?!$)/g, '$1 ');
}
