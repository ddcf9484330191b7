import { connect, type ChannelModel } from 'amqplib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Queue } from '../../ports/queue/queue.js'
import { MAX_BUNDLED } from '../../ports/queue/rabbitmq/bundle.js'
import { runs, serviceUrl } from '../support/adapters.js'
import { drainAll, numbers, openSession, publishAll, takeCount, texts } from './queue-place.js'
import { RabbitmqPlace } from './rabbitmq-place.js'

describe.runIf(runs('full', 'AMQP_URL'))('queue: rabbitmq, several messages in one', () => {
  let place: RabbitmqPlace
  let queue: Queue
  let connection: ChannelModel

  beforeEach(async () => {
    place = new RabbitmqPlace()
    queue = await place.open()
    await queue.publish(1, Buffer.from('ready'))
    connection = await connect(serviceUrl('AMQP_URL'), { noDelay: true })
  })

  afterEach(async () => {
    await connection.close()
    await place.drop()
  })

  /** Binds a queue of its own to partition 0; what it returns reads what was published there since. */
  async function listenIn(): Promise<() => Promise<{ content: string; contentType: unknown }[]>> {
    const amqpChannel = await connection.createChannel()
    const ear = await amqpChannel.assertQueue('', { exclusive: true })
    await amqpChannel.bindQueue(ear.queue, `${place.prefix}.messages`, 'partition:0')
    return async () => {
      const heard = []
      for (;;) {
        const message = await amqpChannel.get(ear.queue, { noAck: true })
        if (!message) return heard
        heard.push({ content: message.content.toString(), contentType: message.properties.contentType })
      }
    }
  }

  /** Publishes lines into the inbox, as another AMQP client might. */
  async function publishLines(lines: string, messageId?: string): Promise<void> {
    const amqpChannel = await connection.createConfirmChannel()
    const properties = { contentType: 'application/x-ndjson', ...(messageId !== undefined && { messageId }) }
    amqpChannel.publish(`${place.prefix}.messages`, 'some-channel', Buffer.from(lines), properties)
    await amqpChannel.waitForConfirms()
  }

  it('makes one AMQP message of what waits together, a line each, and leaves one alone as it is', async () => {
    const heard = await listenIn()

    await queue.publish(0, Buffer.from('{"a":1}'))
    await publishAll(queue, ['{"b":1}', '{"c":1}'])

    expect(await heard()).toEqual([
      { content: '{"a":1}', contentType: 'application/json' },
      { content: '{"b":1}\n{"c":1}', contentType: 'application/x-ndjson' },
    ])
  })

  it('bounds how many travel together, and how many bytes', async () => {
    const long = 'x'.repeat(40_000)
    const heard = await listenIn()

    await publishAll(queue, [...numbers(2 * MAX_BUNDLED + 5), long, long])

    const contents = (await heard()).map(({ content }) => content)
    expect(contents.map((content) => content.split('\n').length)).toEqual([MAX_BUNDLED, MAX_BUNDLED, 6, 1])
  })

  it('lets what has lines of its own, or a message_id, travel alone, in its place', async () => {
    const session = await openSession(queue)

    await Promise.all([
      publishAll(queue, ['a', 'b', 'c\nc', 'd']),
      queue.publish(0, Buffer.from('e'), { messageId: 'm' }),
      publishAll(queue, ['', 'f']),
    ])

    const taken = await takeCount(session, 7)
    expect(texts(taken)).toEqual(['a', 'b', 'c\nc', 'd', 'e', '', 'f'])
    expect(taken.map(({ messageId }) => messageId).filter(Boolean)).toEqual(['m'])
  })

  it('takes no lines apart where a message_id says that it is one message', async () => {
    const session = await openSession(queue, 'inbox')

    await publishLines('a\nb', 'm')

    expect(texts(await takeCount(session, 1))).toEqual(['a\nb'])
  })

  it('takes nothing apart that has more lines than a bundle', async () => {
    const session = await openSession(queue, 'inbox')
    const tooMany = numbers(MAX_BUNDLED + 1).join('\n')

    await publishLines(tooMany)
    await publishLines(numbers(MAX_BUNDLED).join('\n'))

    const taken = await takeCount(session, 1 + MAX_BUNDLED)
    expect(texts(taken)).toEqual([tooMany, ...numbers(MAX_BUNDLED)])
  })

  it('hands what travelled together over again, until all of it is settled', async () => {
    const first = await openSession(queue)
    await publishAll(queue, numbers(MAX_BUNDLED))
    const taken = await takeCount(first, MAX_BUNDLED)
    await first.bury(taken[1]!, 'bad')
    await first.settle([taken[1]!, ...taken.slice(2)])
    await first.close()

    const second = await openSession(queue)
    const again = await takeCount(second, MAX_BUNDLED)
    expect(texts(again)).toEqual(numbers(MAX_BUNDLED))
    await second.settle(again)
    await second.close()

    const third = await openSession(queue)
    await queue.publish(0, Buffer.from('next'))
    expect(texts(await takeCount(third, 1))).toEqual(['next'])
    expect(texts(await drainAll(queue))).toEqual(['1'])
  })
})
