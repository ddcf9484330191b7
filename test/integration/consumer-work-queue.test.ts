import { describe, expect, it } from 'vitest'
import { createLog } from '../../lib/log.js'
import { MemoryQueue } from '../support/memory/memory-queue.js'
import { workQueue, type SessionWork } from '../../consumer/intake/work-queue.js'

const log = createLog({ level: 'silent', program: 'test' })
const limits = { maxItems: 10, maxBytes: 1_000 }

describe('working a queue', () => {
  it('ends within the grace when it stops while a write hangs, and leaves the messages to the next owner', async () => {
    const queue = new MemoryQueue()
    const stopping = new AbortController()
    await queue.publish(0, Buffer.from('a'))
    let begun = () => {}
    const begins = new Promise<void>((resolve) => (begun = resolve))
    const hanging = new Promise<void>(() => undefined)
    const work: SessionWork = {
      handle() {
        begun()
        return hanging
      },
      finish: () => hanging,
    }
    const options = { queue, name: 0, limits, signal: stopping.signal, log, graceMs: 20 }
    const working = workQueue(options, () => work)
    await begins

    stopping.abort()
    await working

    expect(queue.line(0)).toHaveLength(1)
  })

  it('finishes what is in hand before the queue is given up', async () => {
    const queue = new MemoryQueue()
    const stopping = new AbortController()
    await queue.publish(0, Buffer.from('a'))
    const said: string[] = []
    const working = workQueue({ queue, name: 0, limits, signal: stopping.signal, log }, (session) => {
      session.closed.addEventListener('abort', () => said.push('given up'))
      const handled = new Promise<void>((resolve) =>
        stopping.signal.addEventListener('abort', () =>
          setImmediate(() => {
            said.push('handled')
            resolve()
          }),
        ),
      )
      return {
        handle(deliveries) {
          setImmediate(() => stopping.abort())
          return handled.then(() => session.settle(deliveries))
        },
        finish: () => handled,
      }
    })
    await working

    expect(said).toEqual(['handled', 'given up'])
    expect(queue.depth(0)).toBe(0)
  })

  it('begins again with a new session when the work on one fails', async () => {
    const queue = new MemoryQueue()
    const stopping = new AbortController()
    await queue.publish(0, Buffer.from('a'))
    let sessions = 0
    await workQueue({ queue, name: 0, limits, signal: stopping.signal, log }, (session) => ({
      async handle(deliveries) {
        if (++sessions === 1) throw new Error('lost')
        await session.settle(deliveries)
        stopping.abort()
      },
      finish: () => Promise.resolve(),
    }))

    expect(sessions).toBe(2)
    expect(queue.depth(0)).toBe(0)
  })
})

it('begins with a short pause anew once a session has brought something', async () => {
  const queue = new MemoryQueue()
  const stopping = new AbortController()
  let handled = 0
  const working = workQueue(
    { queue, name: 0, limits: { ...limits, maxItems: 1 }, signal: stopping.signal, log },
    (session) => ({
      async handle(deliveries) {
        await session.settle(deliveries)
        handled += 1
        await session.close()
      },
      finish: async () => undefined,
    }),
  )
  for (let n = 0; n < 10; n++) await queue.publish(0, Buffer.from(`${n}`))

  // Pauses of at most 100 ms each; growing ones would take 7 s at least.
  await expect.poll(() => handled, { timeout: 6_000 }).toBe(10)
  stopping.abort()
  await working
})
