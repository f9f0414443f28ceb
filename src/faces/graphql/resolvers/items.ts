import { Field, ID, ObjectType } from 'type-graphql';
import { EstateError } from '../../../domain/errors.js';
import type { ManagedKey } from '../../../domain/managed-key.js';
import { invalidInput } from '../../../services/invalid-input.js';
import type { Operation } from '../../../services/operation.js';
import type { GraphqlContext, GraphqlOptions } from '../context.js';
import { given } from '../given.js';
import type { ManagedKeyItem } from '../inputs/object-inputs.js';
import { ItemErrorType, itemError } from '../types/item-error-type.js';
import { ManagedKeyType } from '../types/managed-key-type.js';

/** Most keys in one lifecycle mutation. */
const maxItems = 1_000;
/** Keys under way at a time: enough that they share commits, few enough to leave room for others. */
const width = 16;

@ObjectType('ManagedKeyResult', { simpleResolvers: true, description: 'What became of one key of a lifecycle mutation.' })
export class ManagedKeyResult {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => ManagedKeyType, { nullable: true })
  readonly managedKey!: ManagedKey | null;

  @Field(() => ItemErrorType, { nullable: true })
  readonly error!: ItemErrorType | null;
}

/**
 * A lifecycle operation on many keys; each is performed and audited on its own, and the results come in order.
 * @throws EstateError INPUT_INVALID without items or with the same key twice, TOO_LARGE
 */
export async function performItems<Input>(
  { perform }: GraphqlContext,
  operation: Operation<Input, ManagedKey>,
  items: readonly ManagedKeyItem[],
  options: GraphqlOptions & { readonly with?: object },
): Promise<ManagedKeyResult[]> {
  refuseUnfit(items);
  const { with: more, ...performOptions } = options;
  const results: ManagedKeyResult[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) {
      const input = given({ ...item, ...more });
      results[index] = await perform(operation, input, performOptions).then(
        (managedKey) => ({ id: item.id, managedKey, error: null }),
        (error: unknown) => ({ id: item.id, managedKey: null, error: itemError(asEstateError(error)) }),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}

/** Two moves of one key at the same time would come in any order. */
function refuseUnfit(items: readonly ManagedKeyItem[]): void {
  if (items.length === 0) throw invalidInput({ path: 'items', message: 'must hold at least one key' });
  if (items.length > maxItems) throw new EstateError('TOO_LARGE', { maxItems });
  const first = new Map<string, number>();
  for (const [index, { id }] of items.entries()) {
    const earlier = first.get(id);
    if (earlier !== undefined) throw invalidInput({ path: `items.${index}.id`, message: `is the key of items.${earlier} again` });
    first.set(id, index);
  }
}

function asEstateError(error: unknown): EstateError {
  return error instanceof EstateError ? error : new EstateError('INTERNAL', {}, { cause: error });
}
