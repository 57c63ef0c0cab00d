// Polling for a condition.

const pauseMs = 150;

/**
 * Repeats a probe until its result is truthy, and returns the result. A probe that throws is
 * repeated too.
 * @template T
 * @param {string} what the condition, for the error message
 * @param {() => Promise<T> | T} probe
 * @returns {Promise<T>}
 */
export async function until(what, probe, timeoutMs = 150_000) {
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
