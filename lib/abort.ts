/**
 * Resolves as `work` does, unless `signal` aborts first: then it rejects with the signal's reason at once, and `work`, which cannot
 * be ended, goes on for nobody.
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // What nobody waits for any more may fail in silence.
  work.catch(() => undefined)
  signal.throwIfAborted()
  let abort: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
