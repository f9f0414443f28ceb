/** Why a line of the table misses its target, by the line's name; kept by hand and shown only where it is missed. */
export const causes = {};
