// Waiting for something that only asking again can tell.

const pauseMs = 150;

/**
 * Asks until the answer is truthy, and answers with it; a probe that throws counts as "not yet".
 * @template T
 * @param {string} what what is waited for, for the message
 * @param {() => Promise<T> | T} probe
 * @returns {Promise<T>}
 */
export async function until(what, probe, timeoutMs = 15_000) {
  const end = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      throw new Error(
        `${what}: not within ${timeoutMs / 1000} s (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`,
      );
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
