import type { PlainDate } from '../../domain/entity.js';
import { type Issue, invalidInput } from '../invalid-input.js';

/** A key's calendar. */
export interface KeyDates {
  readonly activationDate: PlainDate | null;
  readonly expirationDate: PlainDate | null;
  readonly destructionDate: PlainDate | null;
}

/** @throws EstateError INPUT_INVALID when a key would expire before it is active, or be destroyed before it expires. */
export function refuseDisorder({ activationDate, expirationDate, destructionDate }: KeyDates): void {
  const issues: Issue[] = [];
  if (activationDate !== null && expirationDate !== null && expirationDate < activationDate) {
    issues.push({ path: 'expirationDate', message: 'must not lie before the activation date' });
  }
  const earliest = expirationDate ?? activationDate;
  if (earliest !== null && destructionDate !== null && destructionDate < earliest) {
    issues.push({ path: 'destructionDate', message: 'must not lie before the expiration or activation date' });
  }
  if (issues.length > 0) throw invalidInput(...issues);
}
