import { connect, type Channel } from 'amqplib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_PAYLOAD_BYTES } from '../../contract/limits.js'
import type { Queue } from '../../ports/queue/queue.js'
import { MAX_BUNDLED } from '../../ports/queue/rabbitmq/bundle.js'
import { openRabbitmqQueue } from '../../ports/queue/rabbitmq/rabbitmq-queue.js'
import { runs, serviceUrl } from '../support/adapters.js'
import { exitCode, startScript } from '../support/child.js'
import { FaultProxy } from '../support/fault-proxy.js'
import {
  drainAll,
  keptLog,
  never,
  numbers,
  openSession,
  PARTITIONS,
  publishAll,
  takeCount,
  texts,
  UNLIMITED,
  within,
} from './queue-place.js'
import { RabbitmqPlace } from './rabbitmq-place.js'

describe.runIf(runs('full', 'AMQP_URL'))('queue: rabbitmq, with faults', () => {
  let proxy: FaultProxy
  let place: RabbitmqPlace
  let direct: Queue
  let queue: Queue

  beforeEach(async () => {
    const proxied = await FaultProxy.before(serviceUrl('AMQP_URL'))
    proxy = proxied.proxy
    place = new RabbitmqPlace({ publishDeadlineMs: 1_500 })
    direct = await place.open()
    queue = await place.open(proxied.url)
    // Where two connections declare a new queue at once, RabbitMQ may tell one that it is there before it has a leader, and nacks what
    // is published until then.
    for (const opened of [direct, queue])
      await expect.poll(() => isPublished(opened, 'ready', 1), { timeout: 10_000 }).toBe(true)
  })

  afterEach(async () => {
    await place.drop()
    await proxy.close()
  })

  /** Takes the broker away, and returns when the publisher has noticed. */
  async function loseBroker(): Promise<void> {
    proxy.goAway()
    await queue.publish(1, Buffer.from('lost')).catch(() => undefined)
  }

  it('loses and reorders nothing when the connection is cut in the middle of publishing', async () => {
    const authors = numbers(20)
    const seen: string[] = []
    const session = await openSession(direct)
    let accepted = 0
    const cutNowAndThen = () => {
      if ((accepted += 1) % 500 === 250) proxy.cut()
    }

    const sending = Promise.all(authors.map((author) => sendInOrder(queue, author, 150, cutNowAndThen)))
    while (new Set(seen).size < 3_000) {
      const batch = await within(10_000, session.take(UNLIMITED))
      seen.push(...texts(batch))
      await session.settle(batch)
    }

    const refused = (await sending).reduce((sum, each) => sum + each, 0)
    expect(refused).toBeGreaterThan(0)
    const firsts = [...new Set(seen)]
    for (const author of authors) {
      expect(firsts.filter((text) => text.startsWith(`${author}:`))).toEqual(
        numbers(150).map((n) => `${author}:${n}`),
      )
    }
  })

  it('publishes what waited for the broker, in order, once it is back', async () => {
    await loseBroker()
    const publishing = publishAll(queue, numbers(200))

    proxy.comeBack()

    await publishing
    expect(texts(await takeCount(await openSession(direct), 200))).toEqual(numbers(200))
  })

  it('gives up at the deadline, and does not publish it later', async () => {
    await loseBroker()
    await expect(queue.publish(0, Buffer.from('late'))).rejects.toMatchObject({ code: 'deadline_exceeded' })

    proxy.comeBack()

    await expect.poll(() => isPublished(queue, 'next'), { timeout: 10_000 }).toBe(true)
    expect(texts(await takeCount(await openSession(direct), 1))).toEqual(['next'])
  })

  it('stops waiting for the broker when the signal aborts', async () => {
    await loseBroker()
    const caller = new AbortController()
    const publishing = queue.publish(0, Buffer.from('x'), { signal: caller.signal })
    const opening = queue.open(0, caller.signal)

    caller.abort()

    await expect(publishing).rejects.toMatchObject({ code: 'unavailable' })
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('opens a queue once the broker is back', async () => {
    await loseBroker()
    await expect(queue.ping()).rejects.toMatchObject({ code: 'unavailable' })
    const opening = queue.open(0, never())

    proxy.comeBack()

    const session = await opening
    await direct.publish(0, Buffer.from('x'))
    expect(texts(await takeCount(session, 1))).toEqual(['x'])
  })

  it('ends the session when its connection breaks, and redelivers what was not settled first and in order', async () => {
    const first = await openSession(queue)
    const second = await openSession(direct)
    await publishAll(direct, numbers(800))
    const taken = await takeCount(first, 800)
    await first.settle(taken.slice(0, 2 * MAX_BUNDLED))
    // The same connection: once this is answered, the broker has read what was said before.
    await queue.ping()

    const publishing = publishAll(direct, numbers(200, 800))
    proxy.cut()

    await publishing
    const left = 1_000 - 2 * MAX_BUNDLED
    expect(texts(await takeCount(second, left))).toEqual(numbers(left, 2 * MAX_BUNDLED))
    expect(first.closed.aborted).toBe(true)
    expect(await first.take(UNLIMITED)).toEqual([])
    await first.settle(taken)
  })

  it('notices a network that has gone silent', async () => {
    const session = await openSession(queue)
    proxy.freeze()

    await expect(queue.publish(0, Buffer.from('x'))).rejects.toMatchObject({ code: 'deadline_exceeded' })
    await expect.poll(() => session.closed.aborted, { timeout: 10_000 }).toBe(true)

    await expect.poll(() => isPublished(queue, 'x'), { timeout: 10_000 }).toBe(true)
  })

  it('answers a ping within two seconds, however silent the network is', async () => {
    proxy.freeze()

    await expect(within(2_500, queue.ping())).rejects.toMatchObject({ code: 'unavailable' })
  })

  it.each([
    [
      'a wrong password',
      (url: URL) => (url.password = 'secret-word'),
      'refuses the user or the password in AMQP_URL',
    ],
    ['a vhost that is not there', (url: URL) => (url.pathname = '/nowhere'), 'no such vhost'],
  ])('says once, in words and without secrets, that it was given %s', async (_what, change, words) => {
    const url = new URL(serviceUrl('AMQP_URL'))
    change(url)
    const { log, lines } = keptLog()
    const other = openRabbitmqQueue({ url: url.href, partitions: 1, prefix: place.prefix, log })

    await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(2)
    await expect(other.publish(0, Buffer.from('x'), { signal: AbortSignal.timeout(1_000) })).rejects.toThrow()
    await other.close()

    expect(lines.filter((line) => line.includes(words))).toHaveLength(2)
    expect(lines).toHaveLength(2)
    expect(lines.join('')).not.toContain('secret-word')
  })

  it('says in words that a queue is there with another bound', async () => {
    const { log, lines } = keptLog()
    const other = openRabbitmqQueue({
      url: serviceUrl('AMQP_URL'),
      partitions: PARTITIONS,
      prefix: place.prefix,
      maxQueueBytes: 1_000_000,
      log,
    })

    await expect.poll(() => lines.join(''), { timeout: 10_000 }).toContain('with another x-max-length-bytes')
    const opening = other.open(1, AbortSignal.timeout(1_000))
    await expect(opening).rejects.toMatchObject({ name: 'TimeoutError' })
    await other.close()

    expect(lines.filter((line) => line.includes(`${place.prefix}.messages.1`))).toHaveLength(1)
    expect(lines.length).toBeLessThan(4)
  })

  it('keeps healthy messages however often sessions are lost', async () => {
    await publishAll(direct, numbers(20))

    for (let lost = 0; lost < 25; lost += 1) {
      const session = await openSession(direct)
      await takeCount(session, 20)
      await session.close()
    }

    expect(texts(await takeCount(await openSession(direct), 20))).toEqual(numbers(20))
    expect(await direct.drainDeadLetters(async () => undefined, 1)).toBe(0)
  })

  it('takes what other AMQP clients publish into the inbox, whatever the routing key', async () => {
    const connection = await connect(serviceUrl('AMQP_URL'), { noDelay: true })
    const amqpChannel = await connection.createConfirmChannel()
    const odd = { messageId: Buffer.alloc(200, 0xff).toString('latin1').slice(0, 100), mandatory: true }

    amqpChannel.publish(`${place.prefix}.messages`, '456', Buffer.from('hello'), odd)
    amqpChannel.publish(`${place.prefix}.messages`, '', Buffer.from('no key'))
    await amqpChannel.waitForConfirms()

    const taken = await takeCount(await openSession(direct, 'inbox'), 2)
    expect(texts(taken)).toEqual(['hello', 'no key'])
    expect(taken[0]?.messageId).toBe('ÿ'.repeat(100))
    await connection.close()
  })

  it('reads the head of a body of any size, goes on behind it, and buries it with its size', async () => {
    const session = await openSession(direct, 'inbox')
    await onBroker(async (amqpChannel) => {
      const exchange = `${place.prefix}.messages`
      amqpChannel.publish(exchange, 'c', Buffer.alloc(70_000_000, 0xff))
      const lines = { contentType: 'application/x-ndjson' }
      amqpChannel.publish(exchange, 'c', Buffer.from(`${'x'.repeat(200_000)}\n${'y'.repeat(200_000)}`), lines)
      amqpChannel.publish(exchange, 'c', Buffer.from('healthy'))
      await amqpChannel.checkQueue(`${place.prefix}.inbox`)
    })

    const [huge, wide, healthy] = await takeCount(session, 3)
    await session.bury(huge!, 'too large')
    await session.bury(wide!, 'too wide')

    expect(huge?.body).toEqual(Buffer.alloc(MAX_PAYLOAD_BYTES + 1, 0xff))
    expect(wide?.body).toHaveLength(MAX_PAYLOAD_BYTES + 1)
    expect(healthy?.body.toString()).toBe('healthy')
    const letters = await drainAll(direct)
    expect(letters.map(({ body, bytes, reason }) => [body.length, bytes, reason])).toEqual([
      [MAX_PAYLOAD_BYTES, 70_000_000, 'too large'],
      [MAX_PAYLOAD_BYTES, 400_001, 'too wide'],
    ])
  })

  it('ends the session when its queue is deleted, and makes the queue again', async () => {
    const session = await openSession(direct)

    await onBroker((amqpChannel) => amqpChannel.deleteQueue(`${place.prefix}.messages.0`))

    expect(await within(5_000, session.take(UNLIMITED))).toEqual([])
    expect(session.closed.aborted).toBe(true)
    const next = await openSession(direct)
    await direct.publish(0, Buffer.from('x'))
    expect(texts(await takeCount(next, 1))).toEqual(['x'])
  })

  it('declares everything again when publishing shows that something is gone', async () => {
    await onBroker((amqpChannel) => amqpChannel.deleteExchange(`${place.prefix}.messages`))

    await expect(direct.publish(0, Buffer.from('lost'))).rejects.toMatchObject({ code: 'unavailable' })

    await expect.poll(() => isPublished(direct, 'x'), { timeout: 10_000 }).toBe(true)
  })

  it('refuses to bury where there are no dead letters, until they are declared again', async () => {
    const session = await openSession(direct)
    await direct.publish(0, Buffer.from('poison'))
    const [poison] = await takeCount(session, 1)
    await onBroker((amqpChannel) => amqpChannel.deleteQueue(`${place.prefix}.dead`))

    await expect(session.bury(poison!, 'bad')).rejects.toMatchObject({ code: 'unavailable' })

    await session.bury(poison!, 'bad')
    expect(await direct.drainDeadLetters(async () => undefined, 5)).toBe(1)
  })

  it('leaves nothing that keeps its process alive', async () => {
    const child = startScript('queue-visitor.ts', 'rabbitmq', serviceUrl('AMQP_URL'), place.prefix)

    expect(await exitCode(child, 15_000)).toBe(0)
  })

  it('closes at once while the broker is away, and refuses what waits', async () => {
    const session = await openSession(queue)
    await loseBroker()
    const publishing = publishAll(queue, ['x'])
    const outcome = expect(publishing).rejects.toMatchObject({ code: 'unavailable' })

    await within(1_000, queue.close())

    await outcome
    expect(session.closed.aborted).toBe(true)
  })
})

/** Publishes an author's messages one after the other, each until it is accepted. Resolves with how often one was refused. */
async function sendInOrder(
  queue: Queue,
  author: string,
  count: number,
  onAccepted: () => void,
): Promise<number> {
  let refused = 0
  for (const n of numbers(count)) {
    while (!(await isPublished(queue, `${author}:${n}`))) refused += 1
    onAccepted()
  }
  return refused
}

function isPublished(queue: Queue, text: string, partition = 0): Promise<boolean> {
  return queue.publish(partition, Buffer.from(text)).then(
    () => true,
    () => false,
  )
}

async function onBroker<T>(work: (amqpChannel: Channel) => Promise<T>): Promise<T> {
  const connection = await connect(serviceUrl('AMQP_URL'), { noDelay: true })
  try {
    return await work(await connection.createChannel())
  } finally {
    await connection.close()
  }
}
