import { EstateError } from '../../domain/errors.js';

/** Batches a subscriber may be behind before it is dropped. */
export const maxWaitingBatches = 1000;

/** Where a source puts what it has. */
export interface Sink<Batch> {
  push(batch: Batch): void;
}

/** What a subscription reads from. */
export interface Source<Batch, Item> {
  /** Starts when the subscriber does; the answer stops it. */
  open(sink: Sink<Batch>): () => void;
  /** What of a batch the subscriber gets; throwing ends the subscription with that error. */
  expand(batch: Batch): Promise<readonly Item[]>;
}

/**
 * Items as they come, for one subscriber that takes them one by one. Memory is bounded: who falls too far behind is
 * dropped with RATE_LIMITED. `return` stops the source at once, also while a `next` waits.
 */
export function subscription<Batch, Item>(source: Source<Batch, Item>): AsyncIterableIterator<Item> {
  const waiting: Batch[] = [];
  let ready: Item[] = [];
  let failure: EstateError | undefined;
  let isOver = false;
  let stop: (() => void) | undefined;
  let wake: (() => void) | undefined;

  const end = () => {
    isOver = true;
    stop?.();
    waiting.length = 0;
    ready = [];
    wake?.();
  };
  const start = () => {
    stop ??= source.open({ push });
  };
  function push(batch: Batch): void {
    if (isOver) return;
    if (waiting.length < maxWaitingBatches) waiting.push(batch);
    else {
      failure = new EstateError('RATE_LIMITED', { reason: 'the subscriber is too far behind' });
      end();
    }
    wake?.();
  }
  async function advance(): Promise<void> {
    const batch = waiting.shift();
    if (batch !== undefined) {
      ready.push(...(await source.expand(batch)));
      return;
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }

  return {
    async next() {
      if (!isOver) start();
      try {
        while (!isOver && ready.length === 0) await advance();
      } catch (error) {
        end();
        throw error;
      }
      if (failure !== undefined) {
        const error = failure;
        failure = undefined;
        throw error;
      }
      const [item] = ready.splice(0, 1);
      return isOver || item === undefined ? { done: true, value: undefined } : { done: false, value: item };
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      if (!isOver) start();
      return this;
    },
  };
}
