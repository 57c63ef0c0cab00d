// A visit waits for loading and animations about as long as it computes, and test files run side by
// side, too.
const visitorsAtOnce = 2;

/**
 * Runs an action for each entry, several at a time. After a failure, no further action starts.
 * @template T
 * @param {readonly T[]} all
 * @param {(one: T) => Promise<void>} act
 */
export async function atOnce(all, act) {
  const left = [...all];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await act(next).catch((error) => {
        left.length = 0;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: visitorsAtOnce }, worker));
  const failed = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
  if (failed.length > 0)
    throw failed.length === 1
      ? failed[0]
      : new AggregateError(failed, failed.map(({ message }) => message).join("\n"));
}
