import { RecadoError } from '../../lib/errors.js'

/** Waits for `work`, at most so long. @throws RecadoError `unavailable` when the time is over; the work itself goes on. */
export async function withDeadline<T>(deadlineMs: number, work: Promise<T> | T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new RecadoError('unavailable', 'The queue did not answer in time.')),
      deadlineMs,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
