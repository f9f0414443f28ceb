import { type ClassType, Field, InputType } from 'type-graphql';
import { sortFieldEnum } from '../enums.js';

export interface SortInput {
  readonly field: string;
  readonly descending: boolean;
}

/** The sort input of a list that sorts by these fields. */
export function sortInput(noun: string, fields: readonly string[]): ClassType<SortInput> {
  const SortField = sortFieldEnum(`${noun}SortField`, fields);

  @InputType(`${noun}Sort`)
  class Sort implements SortInput {
    @Field(() => SortField)
    readonly field!: string;

    @Field(() => Boolean, { defaultValue: false })
    readonly descending!: boolean;
  }
  return Sort;
}
