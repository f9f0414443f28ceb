/** Column decorators: the few kinds of values that rows hold, the same on both databases. Timestamps and dates are text. */
import { Column } from 'typeorm';

export const Text = (): PropertyDecorator => Column({ type: 'varchar' });
export const TextOrNull = (): PropertyDecorator => Column({ type: 'varchar', nullable: true });
export const Integer = (): PropertyDecorator => Column({ type: 'integer' });
export const IntegerOrNull = (): PropertyDecorator => Column({ type: 'integer', nullable: true });
/** Whole numbers up to 2^53 - 1; PostgreSQL's driver gives them as text. */
export const Count = (): PropertyDecorator =>
  Column({ type: 'bigint', transformer: { to: (value: number) => value, from: (value: string | number) => Number(value) } });
export const Flag = (): PropertyDecorator => Column({ type: 'boolean' });
export const Json = (): PropertyDecorator => Column({ type: 'simple-json' });
export const JsonOrNull = (): PropertyDecorator => Column({ type: 'simple-json', nullable: true });

/** Drivers speak Buffer; the domain speaks Uint8Array and must never be handed a subclass of it. */
const plainBytes = {
  to: (value: Uint8Array | null | undefined) => value && Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  from: (value: Buffer | null | undefined) => value && new Uint8Array(value),
};
/** The name PostgreSQL has for bytes; `openSqlite` teaches it to the other driver, whose migrated columns are blobs. */
const bytesType = 'bytea';

export const Bytes = (): PropertyDecorator => Column({ type: bytesType, transformer: plainBytes });
export const BytesOrNull = (): PropertyDecorator => Column({ type: bytesType, nullable: true, transformer: plainBytes });
