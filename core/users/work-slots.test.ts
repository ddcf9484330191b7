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
    const runs = [first, second, third].map(({ work }) => slots.run('ana', work))
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
    const runs = [first, second].map(({ work }) => slots.run('ana', work))

    await expect(slots.run('ana', () => Promise.resolve())).rejects.toMatchObject({
      code: 'resource_exhausted',
      retryAfterMs: 100,
      retryable: true,
    })

    first.finish()
    second.finish()
    await Promise.all(runs)
    await expect(slots.run('ana', () => Promise.resolve('later'))).resolves.toBe('later')
  })

  it('give each caller a turn, however much another asks for', async () => {
    const slots = new WorkSlots({ maxRunning: 1, maxWaiting: 10, retryAfterMs: 100 })
    const order: string[] = []
    const ask = (caller: string, name: string) =>
      slots.run(caller, () => Promise.resolve(void order.push(name)))

    await Promise.all([
      ...['g1', 'g2', 'g3', 'g4'].map((name) => ask('guesser', name)),
      ...['a1', 'a2'].map((name) => ask('ana', name)),
      ask('bo', 'b1'),
    ])

    expect(order).toEqual(['g1', 'g2', 'a1', 'b1', 'g3', 'a2', 'g4'])
  })

  it('take the newest from whoever has the most when too many wait', async () => {
    const slots = new WorkSlots({ maxRunning: 1, maxWaiting: 3, retryAfterMs: 100 })
    const first = held()
    const run = slots.run('guesser', first.work)
    const done: string[] = []
    const ask = (caller: string, name: string) =>
      slots.run(caller, () => Promise.resolve(void done.push(name))).catch(() => done.push(`not ${name}`))

    const asked = [
      ...['g1', 'g2', 'g3'].map((name) => ask('guesser', name)),
      ...['a1', 'a2', 'a3'].map((name) => ask('ana', name)),
      ask('guesser', 'g4'),
      ask('bo', 'b1'),
    ]
    await Promise.resolve()
    first.finish()
    await Promise.all([run, ...asked])

    expect(done.filter((name) => name.startsWith('not'))).toEqual([
      'not g3',
      'not a2',
      'not a3',
      'not g4',
      'not g2',
    ])
    expect(done.filter((name) => !name.startsWith('not'))).toEqual(['g1', 'a1', 'b1'])
  })

  it('free the slot of work that fails', async () => {
    const slots = new WorkSlots({ maxRunning: 1, maxWaiting: 0, retryAfterMs: 100 })
    await expect(slots.run('ana', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(slots.run('ana', () => Promise.resolve('yes'))).resolves.toBe('yes')
  })
})
