import { DefaultNamingStrategy } from 'typeorm';

/** Columns are the properties' names in snake case (`vaultId` -> `vault_id`), as the migrations wrote them. */
export class SnakeNames extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined): string {
    return customName ?? propertyName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
}
