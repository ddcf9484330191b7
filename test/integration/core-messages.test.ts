import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SendMessageRequest } from '../../gen/recado/v1/messages_service.js'
import type { Server } from '../../gen/recado/v1/types.js'
import { toMessageId } from '../../contract/ids.js'
import { toPartition } from '../../contract/partitions.js'
import { contentOf } from '../../contract/commands.js'
import { decodePayload } from '../../contract/payload.js'
import type { Delivery } from '../../ports/queue/queue.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'
import { storeMessages } from './stored-messages.js'

const PARTITIONS = 4

describe.each(profiles)('core: messages (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let ana: SignedIn
  let stranger: SignedIn
  let server: Server
  let channelId: string
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports, { partitions: PARTITIONS })
    ana = await program.signUp()
    stranger = await program.signUp()
    server = await program.createServer(ana)
    channelId = server.announcementChannelId
    await program.clients.servers.call(
      (client) => client.updateModeration,
      { serverId: server.id, blockedWords: ['spam'] },
      { userId: ana.id },
    )
  })
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  const send = (by: SignedIn, fields: Partial<SendMessageRequest>) =>
    program.clients.messages.call(
      (client) => client.sendMessage,
      SendMessageRequest.fromPartial({ channelId, content: 'Olá, mundo!', ...fields }),
      { userId: by.id },
    )
  const getMessage = (by: SignedIn, id: string, channel = channelId) =>
    program.clients.messages.call(
      (client) => client.getMessage,
      { channelId: channel, id },
      { userId: by.id },
    )

  /** Takes what waits in the partition of the channel, once there are `count`. */
  async function takeQueued(count: number): Promise<Delivery[]> {
    const signal = AbortSignal.timeout(10_000)
    const session = await ports.queue().open(toPartition(channelId, PARTITIONS), signal)
    try {
      const taken: Delivery[] = []
      while (taken.length < count) taken.push(...(await session.take({ maxItems: 100, maxBytes: 1_000_000 })))
      await session.settle(taken)
      return taken
    } finally {
      await session.close()
    }
  }

  it('says how many partitions the queue has', async () => {
    expect(await program.clients.core.call((client) => client.getQueueLayout, {})).toEqual({
      partitions: PARTITIONS,
    })
  })

  it('accepts messages once they are in the queue, whole and in order', async () => {
    const [answered] = await storeMessages(ports, { channelId, senderId: ana.id, count: 1 })
    const replyTo = answered?.id
    const first = await send(ana, { content: 'Olá 🎈', nonce: 'n1', replyTo })
    const second = await send(ana, { content: 'and again' })

    const [one, two] = (await takeQueued(2)).map(({ body }) => decodePayload(body))
    expect(one).toEqual({
      senderId: ana.id,
      channelId,
      command: { $case: 'message', value: 'Olá 🎈' },
      timestamp: first.timestamp,
      nonce: 'n1',
      replyTo,
      attempt: expect.stringMatching(/./),
      origin: expect.stringMatching(/./),
      moderated: true,
      traceparent: '',
      ...{ data: undefined, sentAt: undefined, sessionId: undefined },
    })
    expect(first).toEqual({
      id: toMessageId({ channelId, senderId: ana.id, nonce: 'n1', attempt: '' }),
      channelId,
      timestamp: expect.stringMatching(/Z$/),
      attempt: one?.attempt,
      duplicate: false,
    })
    expect(two).toMatchObject({ command: { value: 'and again' }, nonce: undefined, replyTo: undefined })
    expect(second.id).toBe(
      toMessageId({ channelId, senderId: ana.id, nonce: undefined, attempt: two?.attempt ?? '' }),
    )
  })

  it('gives a repeat the same id, as another try', async () => {
    const [first, again] = [await send(ana, { nonce: 'n2' }), await send(ana, { nonce: 'n2' })]

    expect(again.id).toBe(first.id)
    const attempts = (await takeQueued(2)).map(({ body }) => decodePayload(body).attempt)
    expect(new Set(attempts).size).toBe(2)
  })

  it('answers a repeat of a stored message with the first one, queues nothing, and knows its outcome', async () => {
    const of = (await program.createServer(ana)).announcementChannelId
    const [stored] = await storeMessages(ports, {
      channelId: of,
      senderId: ana.id,
      count: 1,
      idOf: (nonce) => toMessageId({ channelId: of, senderId: ana.id, nonce, attempt: '' }),
    })

    const again = await send(ana, { channelId: of, nonce: 'nonce 1' })

    expect(again).toEqual({
      id: stored?.id,
      channelId: of,
      timestamp: stored?.timestamp,
      attempt: expect.stringMatching(/./),
      duplicate: true,
    })
    const { outcome } = await program.clients.messages.call((client) => client.getOutcome, again)
    expect(outcome?.result).toEqual({
      $case: 'stored',
      value: { seq: 1, timestamp: stored?.timestamp, duplicate: true },
    })
    await send(ana, { content: 'the next one' })
    expect(await takeQueued(1)).toHaveLength(1)
  })

  it('knows no outcome yet of what is in the queue', async () => {
    const sent = await send(ana, {})
    await expect(program.clients.messages.call((client) => client.getOutcome, sent)).rejects.toMatchObject({
      code: 'not_found',
      reason: 'OUTCOME_UNKNOWN',
    })
    await takeQueued(1)
  })

  it('names every field at fault', async () => {
    await expect(send(ana, { content: ' ', nonce: '', data: '[' })).rejects.toMatchObject({
      code: 'invalid_argument',
      details: { content: expect.any(String), nonce: expect.any(String), data: expect.any(String) },
    })
  })

  it.each<[string, Partial<SendMessageRequest>, string]>([
    ['a blank text', { content: ' ' }, 'invalid_argument'],
    ['a long text', { content: 'x'.repeat(4_001) }, 'invalid_argument'],
    ['a list for data', { data: '[]' }, 'invalid_argument'],
    ['data that is no JSON', { data: '{}, "sender_id": "x"' }, 'invalid_argument'],
    ['U+0000', { content: 'a\0b' }, 'invalid_argument'],
    ['an empty nonce', { nonce: '' }, 'invalid_argument'],
    ['a long nonce', { nonce: 'x'.repeat(65) }, 'invalid_argument'],
    ['an empty id to answer', { replyTo: '' }, 'invalid_argument'],
    ['an answer to nothing', { replyTo: 'nothing' }, 'not_found'],
    ['data that is no object', { data: '[]' }, 'invalid_argument'],
    ['an unknown channel', { channelId: 'nothing' }, 'not_found'],
    ['a blocked word', { content: 'Spam!' }, 'permission_denied'],
  ])('refuses %s, and queues nothing', async (_name, fields, code) => {
    await expect(send(ana, fields)).rejects.toMatchObject({ code, retryable: false })

    await send(ana, { content: 'the next one' })
    const queued = (await takeQueued(1)).map(({ body }) => contentOf(decodePayload(body).command))
    expect(queued).toEqual(['the next one'])
  })

  it('does not tell strangers that a channel is there', async () => {
    const said = {
      code: 'not_found',
      reason: 'NOT_A_MEMBER',
      message: expect.stringContaining('This channel'),
    }
    await expect(send(stranger, { channelId: 'nothing' })).rejects.toMatchObject(said)
    await expect(send(stranger, {})).rejects.toMatchObject(said)
  })

  it('reads a stored message for members, and nothing past the head', async () => {
    const { announcementChannelId } = await program.createServer(ana)
    const [stored, beyond] = await storeMessages(ports, {
      channelId: announcementChannelId,
      senderId: ana.id,
      count: 2,
      head: 1,
    })

    const { message } = await getMessage(ana, stored?.id ?? '', announcementChannelId)
    expect(message).toEqual(stored)
    for (const id of [beyond?.id ?? '', 'nothing'])
      await expect(getMessage(ana, id, announcementChannelId)).rejects.toMatchObject({ code: 'not_found' })
    await expect(getMessage(stranger, stored?.id ?? '', announcementChannelId)).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(getMessage(ana, stored?.id ?? '')).rejects.toMatchObject({ code: 'not_found' })
  })
})
