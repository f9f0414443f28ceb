/** An item of a stream, or what ended it: a subscriber gets that as its last event instead of a broken connection. */
export type Told<T> = { readonly item: T } | { readonly failure: Error };

/** The stream with its failure, if one comes, as its last item. `return` reaches the source at once. */
export function toldUntilFailure<T>(source: AsyncIterableIterator<T>): AsyncIterableIterator<Told<T>> {
  let isOver = false;
  return {
    async next() {
      if (isOver) return { done: true, value: undefined };
      try {
        const { done, value } = await source.next();
        isOver = done === true;
        return isOver ? { done: true, value: undefined } : { done: false, value: { item: value as T } };
      } catch (error) {
        isOver = true;
        return { done: false, value: { failure: error instanceof Error ? error : new Error('the stream failed') } };
      }
    },
    async return() {
      isOver = true;
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
