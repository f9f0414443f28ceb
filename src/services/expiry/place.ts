/** A cursor over several sources: the cursor of the last item of each that was shown. */
import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import { type ExpiringKind, expiringKinds } from '../../domain/expiry.js';

export type SourcePlaces = Readonly<Partial<Record<ExpiringKind, string>>>;

const places = z.partialRecord(z.enum(expiringKinds), z.string());

export function placeAfter(place: SourcePlaces): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws EstateError CURSOR_INVALID */
export function placeOf(cursor: string | undefined): SourcePlaces {
  if (cursor === undefined) return {};
  try {
    return places.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString())) as SourcePlaces;
  } catch (cause) {
    throw new EstateError('CURSOR_INVALID', {}, { cause });
  }
}
