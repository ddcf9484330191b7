import { RecadoError } from './errors.js'

/**
 * Waits for `work`, at most so many milliseconds.
 * @throws RecadoError `unavailable` with `message` when the time is over; the work itself goes on, and what becomes of it is left alone.
 */
export async function withDeadline<T>(deadlineMs: number, work: Promise<T> | T, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new RecadoError('unavailable', message)), deadlineMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
