import { PrimaryColumn } from 'typeorm';
import type { Id, Timestamp, Tracked } from '../../../domain/entity.js';
import { Integer, Text } from '../columns.js';

/** The columns that every entity's table has. */
export abstract class TrackedRow implements Tracked {
  @PrimaryColumn({ type: 'varchar' })
  id!: Id;

  @Integer()
  revision!: number;

  @Text()
  createdAt!: Timestamp;

  @Text()
  createdBy!: string;

  @Text()
  updatedAt!: Timestamp;

  @Text()
  updatedBy!: string;
}
