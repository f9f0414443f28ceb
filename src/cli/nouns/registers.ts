import { type Column, column, type Row } from '../verb.js';

/** Fields of the two master key registers. */
export const registersSelection = 'current { state verificationPattern } new { state verificationPattern partsLoaded partsTotal }';

export interface Registers {
  readonly current: { readonly state: string; readonly verificationPattern: string | null };
  readonly new: {
    readonly state: string;
    readonly verificationPattern: string | null;
    readonly partsLoaded: number;
    readonly partsTotal: number;
  };
}

/** Registers as columns, under names that no other column has. */
export const registerColumns: readonly Column[] = [
  column('Current master key', 'currentState'),
  column('Its pattern', 'currentPattern'),
  column('New master key', 'newState'),
  column('Its pattern', 'newPattern'),
  column('Parts loaded', 'partsLoaded'),
];

export function registersRow(answer: unknown): Row {
  const registers = answer as Registers;
  return {
    currentState: registers.current.state,
    currentPattern: hex(registers.current.verificationPattern),
    newState: registers.new.state,
    newPattern: hex(registers.new.verificationPattern),
    partsLoaded: registers.new.partsTotal === 0 ? null : `${registers.new.partsLoaded} of ${registers.new.partsTotal}`,
  };
}

/** Base64 from the server as the hex that people compare. */
export function hex(base64: unknown): string | null {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString('hex') : null;
}
