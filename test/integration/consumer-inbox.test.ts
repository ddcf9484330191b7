import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toPartition } from '../../contract/partitions.js'
import { RecadoError } from '../../lib/errors.js'
import { body, ConsumerRig } from '../support/consumer-rig.js'

const PARTITIONS = 4

describe('the inbox', () => {
  let rig: ConsumerRig

  beforeEach(() => {
    rig = new ConsumerRig()
  })
  afterEach(() => rig.stop())

  const arrive = (channelId: string, ...texts: string[]) =>
    Promise.all(texts.map((text) => rig.queue.publishToInbox('any key', body(channelId, text))))
  const isEmpty = () => expect.poll(() => rig.queue.depth('inbox')).toBe(0)
  const textOf = (sent: Buffer) => JSON.parse(sent.toString()).message as string
  const forwarded = (channelId: string) =>
    rig.queue.line(toPartition(channelId, PARTITIONS)).map((waiting) => textOf(waiting.body))

  it('forwards to the partition of the payload’s channel, in order', async () => {
    await arrive('c', 'a', 'b', 'c')
    rig.startInbox(PARTITIONS)
    await isEmpty()
    expect(forwarded('c')).toEqual(['a', 'b', 'c'])
  })

  it('holds a channel while its partition is full, and keeps its order', async () => {
    let tries = 0
    rig.queue.before = (_call, sent) => {
      if (textOf(sent) === 'a' && ++tries < 12) throw new RecadoError('resource_exhausted', 'full')
    }
    await arrive('c', 'a', 'b')
    await arrive('d', 'x')
    rig.startInbox(PARTITIONS)
    await expect.poll(() => forwarded('d')).toEqual(['x'])
    await isEmpty()
    expect(forwarded('c')).toEqual(['a', 'b'])
    expect(rig.said('held until a fault has passed')).toHaveLength(1)
    expect(rig.said('no longer held')).toHaveLength(1)
  })

  it('tells of channels that are held at once as of one: when the first is, and when none is any more', async () => {
    const held = new Set(['a', 'x'])
    rig.queue.before = (_call, sent) => {
      if (held.has(textOf(sent))) throw new RecadoError('resource_exhausted', 'full')
    }
    const heldFor = async () =>
      (await rig.registry.getSingleMetric('recado_consumer_held_seconds')?.get())?.values.length
    await arrive('c', 'a')
    await arrive('d', 'x')
    rig.startInbox(PARTITIONS)
    await expect.poll(() => rig.said('held until a fault has passed')).toHaveLength(1)

    held.delete('a')
    await expect.poll(() => forwarded('c')).toEqual(['a'])
    expect(rig.said('no longer held')).toHaveLength(0)
    expect(await heldFor()).toBe(1)
    held.delete('x')
    await isEmpty()

    await expect.poll(() => rig.said('no longer held')).toHaveLength(1)
    expect(rig.said('held until a fault has passed')).toHaveLength(1)
    expect(await heldFor()).toBe(0)
  })

  it('keeps the message_id of what it forwards', async () => {
    await rig.queue.publishToInbox('c', body('c', 'a', { nonce: undefined }), { messageId: 'its own' })
    rig.startInbox(PARTITIONS)
    await isEmpty()

    const [first] = rig.queue.line(toPartition('c', PARTITIONS))
    expect(first?.messageId).toBe('its own')
    expect(JSON.parse(first?.body.toString() ?? '')).toMatchObject({ nonce: 'its own' })
  })

  it('buries what can never be forwarded, and what follows goes on', async () => {
    rig.queue.before = (call, sent) => {
      if (call === 'publish' && textOf(sent) === 'poison') throw new RecadoError('invalid_argument', 'No.')
    }
    await rig.queue.publishToInbox('c', Buffer.alloc(25_000_000, 0xff))
    await arrive('c', 'a', 'poison', 'b')
    rig.startInbox(PARTITIONS)
    await isEmpty()
    expect(forwarded('c')).toEqual(['a', 'b'])
    expect(rig.queue.dead.map(({ reason }) => reason)).toEqual([
      expect.any(String),
      expect.stringMatching(/^No\./),
    ])
    expect(rig.queue.dead[0]?.body.length).toBe(256 * 1024)
  })

  it('gives up at once when the consumer stops while the queue is away', async () => {
    rig.queue.before = (call) => {
      if (call === 'publish' && rig.lines.length > 0) throw new RecadoError('unavailable', 'away')
      if (call === 'publish') throw new Error('who knows')
    }
    await arrive('c', 'a', 'b')
    rig.startInbox(PARTITIONS)
    await expect.poll(() => rig.said('held until a fault has passed')).toHaveLength(1)
    await rig.stop()
    expect(rig.queue.line('inbox')).toHaveLength(2)
  })
})
