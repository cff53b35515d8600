/**
 * Runs `run` on every item, at most `atMost` at a time, and gives the results in the order of the items. After a
 * failure no further item is begun; those under way are awaited, then the first failure is thrown: nothing goes on
 * behind the caller's back.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  atMost: number,
  run: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array<R>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await run(items[index] as T, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atMost, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
