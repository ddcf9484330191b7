import { describe, expect, it } from 'vitest'
import { WorkSlots } from './work-slots.js'

/** Work that ends when it is told to. */
function held() {
  let begin: () => void = () => undefined
  let finish: () => void = () => undefined
  let isRunning = false
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const done = new Promise<void>((resolve) => (finish = resolve))
  const work = () => {
    isRunning = true
    begin()
    return done
  }
  return { work, begun, finish, isRunning: () => isRunning }
}

describe('work slots', () => {
  it('run so many at once and hand a slot to the next in line', async () => {
    const slots = new WorkSlots({ maxRunning: 1, maxWaiting: 2, retryAfterMs: 100 })
    const [first, second, third] = [held(), held(), held()]
    const runs = [first, second, third].map(({ work }) => slots.run(work))
    await first.begun
    expect([second.isRunning(), third.isRunning()]).toEqual([false, false])

    first.finish()
    await second.begun

    expect(third.isRunning()).toBe(false)
    second.finish()
    third.finish()
    await Promise.all(runs)
  })

  it('refuse at once what is too much, and say when to come again', async () => {
    const slots = new WorkSlots({ maxRunning: 1, maxWaiting: 1, retryAfterMs: 100 })
    const [first, second] = [held(), held()]
    const runs = [first, second].map(({ work }) => slots.run(work))

    await expect(slots.run(() => Promise.resolve())).rejects.toMatchObject({
      code: 'resource_exhausted',
      retryAfterMs: 100,
      retryable: true,
    })

    first.finish()
    second.finish()
    await Promise.all(runs)
    await expect(slots.run(() => Promise.resolve('later'))).resolves.toBe('later')
  })

  it('free the slot of work that fails', async () => {
    const slots = new WorkSlots({ maxRunning: 1, maxWaiting: 0, retryAfterMs: 100 })
    await expect(slots.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(slots.run(() => Promise.resolve('yes'))).resolves.toBe('yes')
  })
})
