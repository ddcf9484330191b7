import { readFile } from 'node:fs/promises'
import { join as inFolder } from 'node:path'
import type { Socket } from 'phoenix'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MessagesServiceClient } from '../../gen/recado/v1/messages_service.js'
import { GrpcClients } from '../../lib/grpc/client.js'
import { startServer, type RunningServer } from '../support/products/programs.js'
import {
  eventually,
  join,
  makeServer,
  profiles,
  push,
  refusal,
  signUp,
  type Inbox,
  type Person,
} from '../support/chat.js'

type MessageJson = {
  id: string
  content: string
  seq: number
  count: number
  deleted_at?: string
  edited_at?: string
  mentions?: string[]
  reactions?: { emoji: string; user_ids: string[] }[]
}

describe.each(profiles)('changes of messages: %s', (profile) => {
  let server: RunningServer
  let ana: Person
  let rui: Person
  let place: { serverId: string; channelId: string }
  const sockets: Socket[] = []

  beforeAll(async () => {
    server = await startServer(profile)
    ana = await signUp(server.url)
    rui = await signUp(server.url)
    place = await makeServer(ana, [rui])
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect()
  })
  afterAll(() => server?.stop())

  const enter = async (person: Person, channelId: string): Promise<Inbox> => {
    const socket = person.connect()
    sockets.push(socket)
    return (await join(socket, `channel:${channelId}`)).inbox
  }
  const newChannel = async () => {
    const { body } = await ana.call('POST', `/servers/${place.serverId}/channels`, { name: 'another' })
    return (body as unknown as { channel: { id: string } }).channel.id
  }
  const write = async (person: Person, channelId: string, content: string) => {
    const { status, body } = await person.call('POST', '/messages', { channel_id: channelId, content })
    expect(status).toBe(201)
    return (body as unknown as { message: MessageJson }).message
  }
  const page = async (channelId: string) => {
    const { body } = await rui.call('GET', `/history?channel_id=${channelId}&limit=100`)
    return (body as unknown as { messages: MessageJson[] }).messages
  }

  it('are heard by everybody over the socket, each with its own seq, and answered by their ids', async () => {
    const channelId = await newChannel()
    const [a, r] = [await enter(ana, channelId), await enter(rui, channelId)]
    const { id } = await write(ana, channelId, 'hello')

    const edit = await push(a, 'message:edit', {
      id,
      content: `hello <@${rui.id}>`,
      data: { a: 1 },
      nonce: 'e',
    })
    const add = await push(r, 'reaction:add', { id, emoji: '👍', nonce: 'r' })
    const [ack] = await a.have('message:ack', 1)
    await r.have('message:ack', 1)
    await push(r, 'reaction:remove', { id, emoji: '👍' })
    await push(a, 'message:delete', { id })

    const [updated] = await r.have('message:updated', 1)
    const deleted = await r.have('message:deleted', 1)
    expect(edit).toEqual({ id: expect.any(String), message_id: id, channel_id: channelId, state: 'accepted' })
    expect(ack).toEqual({
      id: edit.id,
      message_id: id,
      nonce: 'e',
      seq: 2,
      timestamp: expect.any(String),
      duplicate: false,
    })
    expect(r.of('message:ack')[0]).toMatchObject({ id: add.id, message_id: id, seq: 3 })
    expect(updated).toMatchObject({
      seq: 2,
      message: {
        id,
        seq: 1,
        count: 1,
        content: `hello <@${rui.id}>`,
        data: { a: 1 },
        mentions: [rui.id],
        edited_at: ack?.timestamp,
      },
    })
    expect(r.of('reaction:added')).toEqual([{ seq: 3, id, user_id: rui.id, emoji: '👍' }])
    expect(r.of('reaction:removed')).toEqual([{ seq: 4, id, user_id: rui.id, emoji: '👍' }])
    expect(deleted).toEqual([{ seq: 5, id }])
    await a.have('message:deleted', 1)
    expect(a.events.filter(({ event }) => event !== 'message:ack' && event !== 'activity')).toEqual(
      r.events.filter(({ event }) => event !== 'message:ack' && event !== 'activity'),
    )
    const [left] = await page(channelId)
    expect(left).toMatchObject({ id, seq: 1, count: 1, content: '', deleted_at: expect.any(String) })
    expect(left).not.toHaveProperty('data')
    expect(left).not.toHaveProperty('mentions')
  })

  it('are made over HTTP, which answers with the message as it stands', async () => {
    const channelId = await newChannel()
    const { id } = await write(ana, channelId, 'hello')
    const path = `/channels/${channelId}/messages/${id}`
    const like = encodeURIComponent('👍')

    const answers = [
      await ana.call('PATCH', path, { content: 'changed', nonce: 'e' }),
      await ana.call('PATCH', path, { content: 'changed', nonce: 'e' }),
      await rui.call('PUT', `${path}/reactions/${like}`),
      await rui.call('PUT', `${path}/reactions/${like}?nonce=again`),
      await ana.call('GET', path),
      await rui.call('DELETE', `${path}/reactions/${like}`),
      await ana.call('DELETE', path),
      await ana.call('DELETE', path),
    ]

    const [edited, again, reacted, still, read, taken, deleted, gone] = answers
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200))
    expect(edited?.body).toMatchObject({ message: { id, content: 'changed', edited_at: expect.any(String) } })
    expect(edited?.body).not.toHaveProperty('duplicate')
    expect(again?.body).toMatchObject({ duplicate: true })
    const reactions = [{ emoji: '👍', user_ids: [rui.id] }]
    expect(reacted?.body).toMatchObject({ message: { reactions } })
    expect(still?.body).toMatchObject({ message: { reactions }, duplicate: true })
    expect(read?.body).toEqual({ message: (reacted?.body as Record<string, unknown>).message })
    expect((taken?.body as Record<string, unknown>).message).not.toHaveProperty('reactions')
    expect(deleted?.body).toMatchObject({ message: { content: '', deleted_at: expect.any(String) } })
    expect(gone?.body).toMatchObject({ duplicate: true })
  })

  it('are refused with the same reasons on every face', async () => {
    const channelId = await newChannel()
    const { id } = await write(ana, channelId, 'hello')
    const { id: dead } = await write(ana, channelId, 'dead')
    await ana.call('DELETE', `/channels/${channelId}/messages/${dead}`)
    const r = await enter(rui, channelId)
    const a = await enter(ana, channelId)
    const path = (of: string) => `/channels/${channelId}/messages/${of}`
    const http = async (person: Person, ...asked: Parameters<Person['call']>) => {
      const { status, body } = await person.call(...asked)
      const { error } = body as unknown as { error: { reason: string; retryable: boolean } }
      return [status, error.reason, error.retryable]
    }
    const socket = async (inbox: Inbox, event: string, payload: object) => {
      const { reason, retryable } = await refusal(push(inbox, event, payload))
      return [reason, retryable]
    }

    expect(await http(rui, 'PATCH', path(id), { content: 'x' })).toEqual([403, 'MISSING_PERMISSION', false])
    expect(await socket(r, 'message:edit', { id, content: 'x' })).toEqual(['MISSING_PERMISSION', false])
    expect(await http(rui, 'DELETE', path(id))).toEqual([403, 'MISSING_PERMISSION', false])
    expect(await http(ana, 'PATCH', path('nothing'), { content: 'x' })).toEqual([
      404,
      'MESSAGE_NOT_FOUND',
      true,
    ])
    expect(await socket(a, 'message:delete', { id: 'nothing' })).toEqual(['MESSAGE_NOT_FOUND', true])
    expect(await http(ana, 'PATCH', path(dead), { content: 'x' })).toEqual([404, 'MESSAGE_DELETED', false])
    expect(await socket(r, 'reaction:add', { id: dead, emoji: 'x' })).toEqual(['MESSAGE_DELETED', false])
    expect(await http(ana, 'PATCH', path(id), { content: ' ' })).toEqual([400, 'INVALID_ARGUMENT', false])
    expect(await http(ana, 'PUT', `${path(id)}/reactions/a%20b`)).toEqual([400, 'INVALID_ARGUMENT', false])
    expect(await socket(a, 'reaction:add', { id, emoji: 'a b' })).toEqual(['INVALID_ARGUMENT', false])
    expect(await socket(a, 'message:append', { id, text: '' })).toEqual(['INVALID_ARGUMENT', false])
    const mine = await write(rui, channelId, 'mine')
    expect((await ana.call('DELETE', path(mine.id))).status).toBe(200)
  })

  it('let a message grow: few events, nothing lost, and no more behind the last part', async () => {
    const channelId = await newChannel()
    const a = await enter(ana, channelId)
    const { id } = await write(ana, channelId, '>')
    const words = Array.from({ length: 40 }, (_, index) => ` ${index}`)
    const begun = performance.now()

    await Promise.all(words.map((text) => push(a, 'message:append', { id, text })))
    await push(a, 'message:append', { id, text: '.', final: true })

    const whole = `>${words.join('')}.`
    await eventually(async () => (await page(channelId))[0]?.content === whole)
    const updates = a.of('message:updated')
    const seconds = (performance.now() - begun) / 1_000
    expect(updates.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
    expect(updates.length).toBeGreaterThanOrEqual(2)
    expect(updates.at(-1)).toMatchObject({ message: { content: whole } })
    await push(a, 'message:append', { id, text: '!' })
    const [rejected] = await a.have('message:rejected', 1)
    expect(rejected).toMatchObject({ reason: 'MESSAGE_FINAL', message_id: id })
  })

  it('of a storm are each there once, on all devices, in pages and in what is read again', async () => {
    const channelId = await newChannel()
    const [a, r] = [await enter(ana, channelId), await enter(rui, channelId)]
    const { id } = await write(ana, channelId, 'storm')
    const emoji = Array.from({ length: 10 }, (_, index) => `:${index}:`)

    await Promise.all(
      emoji.flatMap((each) =>
        [a, r].flatMap((inbox) =>
          [1, 2].map(() =>
            push(inbox, 'reaction:add', { id, emoji: each, nonce: each }).catch(() => undefined),
          ),
        ),
      ),
    )

    await a.have('reaction:added', 1)
    const message = await eventually(async () => {
      const [found] = await page(channelId)
      return (await settled(a, r)) && found
    })
    const added = r.of('reaction:added')
    expect(new Set(added.map(({ user_id, emoji }) => JSON.stringify([user_id, emoji]))).size).toBe(
      added.length,
    )
    const marks = (message.reactions ?? []).flatMap((each) => each.user_ids.map((user) => [user, each.emoji]))
    expect(marks.sort()).toEqual(added.map(({ user_id, emoji }) => [user_id, emoji]).sort())
    expect(added.map(({ seq }) => seq)).toEqual(added.map((_, index) => index + 2))
  })

  it('are made over gRPC, by the same rules', async () => {
    const channelId = await newChannel()
    const { id } = await write(ana, channelId, 'hello')
    const { RECADO_CORE_URLS, RECADO_CORE_PORT, RECADO_SERVICE_TOKEN, RECADO_DATA_DIR = '' } = server.env
    const serviceToken =
      RECADO_SERVICE_TOKEN ?? (await readFile(inFolder(RECADO_DATA_DIR, 'service-token'), 'utf8')).trim()
    const addresses = RECADO_CORE_URLS?.split(',') ?? [`127.0.0.1:${RECADO_CORE_PORT}`]
    const messages = new GrpcClients(MessagesServiceClient, { addresses, serviceToken, tls: undefined })
    try {
      const as = ({ id: userId }: Person) => ({ userId })
      const edited = await messages.call(
        (client) => client.editMessage,
        { channelId, id, content: 'two' },
        as(ana),
      )
      const outcome = await eventually(() =>
        messages
          .call((client) => client.getOutcome, { channelId, id: edited.changeId, attempt: edited.attempt })
          .catch(() => undefined),
      )
      expect(outcome.outcome?.result).toMatchObject({ $case: 'stored', value: { seq: 2, duplicate: false } })
      await messages.call((client) => client.addReaction, { channelId, id, emoji: '👍' }, as(rui))
      await messages.call(
        (client) => client.appendToMessage,
        { channelId, id, text: '!', final: true },
        as(ana),
      )
      await eventually(async () => (await page(channelId))[0]?.content === 'two!')
      await messages.call((client) => client.removeReaction, { channelId, id, emoji: '👍' }, as(rui))
      await expect(
        messages.call((client) => client.editMessage, { channelId, id, content: 'x' }, as(rui)),
      ).rejects.toMatchObject({ code: 'permission_denied', reason: 'MISSING_PERMISSION' })
      await expect(
        messages.call((client) => client.addReaction, { channelId, id, emoji: ' ' }, as(rui)),
      ).rejects.toMatchObject({ code: 'invalid_argument' })
      await messages.call((client) => client.deleteMessage, { channelId, id }, as(ana))
      const left = await eventually(async () => {
        const [found] = await page(channelId)
        return found?.deleted_at !== undefined && found
      })
      expect(left).toMatchObject({ content: '', seq: 1 })
    } finally {
      messages.close()
    }
  })
})

/** Whether two have heard the same. */
async function settled(a: Inbox, r: Inbox): Promise<boolean> {
  const before = a.of('reaction:added').length
  await new Promise((resolve) => setTimeout(resolve, 300))
  return a.of('reaction:added').length === before && r.of('reaction:added').length === before
}
