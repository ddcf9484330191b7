import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../contract/ids.js'
import {
  Candidate,
  CommandKind,
  type ValidateMessagesResponse,
} from '../../gen/recado/v1/messages_service.js'
import type { SearchMessagesRequest } from '../../gen/recado/v1/search_service.js'
import { MemberPermission, Message } from '../../gen/recado/v1/types.js'
import { SearchServiceClient } from '../../gen/recado/v1/search_service.js'
import { GrpcClients } from '../../lib/grpc/client.js'
import { eventually } from '../support/chat.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, SERVICE_TOKEN, type SignedIn } from './core-program.js'
import { toEvent } from './stored-messages.js'

describe.each(profiles)('core: search (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let search: GrpcClients<SearchServiceClient>
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    const addresses = [`127.0.0.1:${program.core.port}`]
    search = new GrpcClients(SearchServiceClient, { addresses, tls: undefined, serviceToken: SERVICE_TOKEN })
  })
  afterAll(async () => {
    search?.close()
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  /** Has core validate a message of the sender there, as the consumer does before it stores one. */
  const validate = async (channelId: string, { id: senderId }: SignedIn) => {
    const stream = program.clients.messages.open((client) => client.validateMessages)
    const answered = once(stream, 'data') as Promise<[ValidateMessagesResponse]>
    const kind = CommandKind.COMMAND_KIND_MESSAGE
    stream.write({
      batch: '1',
      candidates: [{ ...Candidate.fromJSON({}), kind, senderId, channelId, content: 'x', moderated: true }],
    })
    stream.end()
    const [{ verdicts }] = await answered
    expect(verdicts).toMatchObject([{ outcome: { $case: 'permission' } }])
  }

  /** Stores texts in a channel, after those that are there, a second apart. */
  const store = async (
    channel: { id: string; serverId?: string },
    sender: SignedIn,
    texts: readonly string[],
  ) => {
    await validate(channel.id, sender)
    const head = (await ports.heads.read([channel.id])).get(channel.id)
    const messages = texts.map((content, index): Message => {
      const seq = (head?.seq ?? 0) + index + 1
      const fields = {
        id: newId(),
        channelId: channel.id,
        serverId: channel.serverId,
        senderId: sender.id,
        seq,
        count: seq,
      }
      return {
        ...Message.fromJSON({}),
        ...fields,
        content,
        timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, seq)).toISOString(),
      }
    })
    await ports.history.append(messages.map(toEvent))
    const last = messages.at(-1)?.seq ?? 0
    await ports.heads.raise([{ channelId: channel.id, seq: last, count: last }], [])
    return messages
  }
  const find = (user: SignedIn, query: string, fields: Partial<SearchMessagesRequest> = {}) =>
    search.call(
      (client) => client.searchMessages,
      {
        query,
        serverId: '',
        channelId: '',
        authorId: '',
        before: undefined,
        after: undefined,
        pageSize: 0,
        pageToken: '',
        ...fields,
      },
      { userId: user.id },
    )
  const contents = async (...asked: Parameters<typeof find>) =>
    (await find(...asked)).messages.map(({ content }) => content)
  const indexed = (user: SignedIn, query: string, count = 1) =>
    eventually(async () => (await contents(user, query)).length >= count)

  const place = async (...members: SignedIn[]) => {
    const owner = await program.signUp()
    const server = await program.createServer(owner, members)
    return { owner, server, channel: { id: server.announcementChannelId, serverId: server.id } }
  }

  it('finds words without regard to case and accents, all of them, newest first', async () => {
    const { owner, channel } = await place()
    await store(channel, owner, ['Um café, por favor', 'CAFE com leite', 'cafeteria', 'leite e mais nada'])
    await indexed(owner, 'leite', 2)

    expect(await contents(owner, 'Café')).toEqual(['CAFE com leite', 'Um café, por favor'])
    expect(await contents(owner, 'leite cafe')).toEqual(['CAFE com leite'])
    expect(await contents(owner, '"com leite"')).toEqual(['CAFE com leite'])
    expect(await contents(owner, '"leite com"')).toEqual([])
    expect(await contents(owner, 'chá')).toEqual([])
  })

  it('finds what is told by its notation alone for what it is: words', async () => {
    const { owner, channel } = await place()
    await store(channel, owner, ['a & b | c', "it's a 'quote' \\ and <-> :* more"])
    await indexed(owner, 'quote')

    expect(await contents(owner, "'quote' & !more | x")).toEqual([])
    expect(await contents(owner, "'quote' \\ :* <->")).toHaveLength(1)
    expect(await contents(owner, 'a', { authorId: "x' | 'a" })).toEqual([])
    expect(await contents(owner, 'a', { authorId: '\\' })).toEqual([])
    await expect(find(owner, ' !& ')).rejects.toMatchObject({
      code: 'invalid_argument',
      details: { query: expect.any(String) },
    })
    await expect(find(owner, 'x'.repeat(201))).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  it('narrows by server, channel, author and time', async () => {
    const bo = await program.signUp()
    const { owner, channel } = await place(bo)
    const other = await program.createServer(owner)
    await store(channel, owner, ['tea one'])
    const [, second] = await store(channel, bo, ['tea two', 'tea three'])
    await store({ id: other.announcementChannelId, serverId: other.id }, owner, ['tea four'])
    await indexed(owner, 'tea', 4)

    expect(await contents(owner, 'tea', { serverId: other.id })).toEqual(['tea four'])
    expect(await contents(owner, 'tea', { channelId: channel.id })).toEqual([
      'tea three',
      'tea two',
      'tea one',
    ])
    expect(await contents(owner, 'tea', { authorId: bo.id })).toEqual(['tea three', 'tea two'])
    expect(await contents(owner, 'tea', { channelId: channel.id, serverId: other.id })).toEqual([])
    const at = second?.timestamp
    expect(await contents(owner, 'tea', { channelId: channel.id, after: at })).toEqual(['tea three'])
    expect(await contents(owner, 'tea', { channelId: channel.id, before: at })).toEqual([
      'tea two',
      'tea one',
    ])
  })

  it('shows nobody what they may not view', async () => {
    const [bo, cy] = [await program.signUp(), await program.signUp()]
    const { owner, server, channel } = await place(bo)
    await store(channel, owner, ['a secret'])
    await indexed(bo, 'secret')

    expect(await contents(cy, 'secret')).toEqual([])
    expect(await contents(cy, 'secret', { authorId: owner.id })).toEqual([])
    for (const where of [{ serverId: server.id }, { channelId: channel.id }])
      await expect(find(cy, 'secret', where)).rejects.toMatchObject({
        code: 'not_found',
        reason: 'NOT_A_MEMBER',
      })
    await program.clients.servers.call(
      (client) => client.removeMember,
      { serverId: server.id, userId: bo.id },
      { userId: owner.id },
    )
    expect(await contents(bo, 'secret')).toEqual([])
    await expect(find({ ...cy, id: 'nobody' }, 'secret')).rejects.toMatchObject({
      reason: 'ACTING_USER_NOT_FOUND',
    })
  })

  it('shows a member nothing of a channel that an override hides, by whichever way they ask', async () => {
    const bo = await program.signUp()
    const { owner, server, channel } = await place(bo)
    const { channel: hidden } = await program.clients.servers.call(
      (client) => client.createChannel,
      { serverId: server.id, name: 'staff', requestId: '' },
      { userId: owner.id },
    )
    const deny = [MemberPermission.MEMBER_PERMISSION_VIEW_CHANNEL]
    await program.clients.roles.call(
      (client) => client.setOverride,
      { channelId: hidden?.id ?? '', roleId: server.id, allow: [], deny },
      { userId: owner.id },
    )
    await store({ id: hidden?.id ?? '', serverId: server.id }, owner, ['quince for the staff'])
    await store(channel, owner, ['quince for all'])
    await indexed(owner, 'quince', 2)

    for (const where of [{}, { serverId: server.id }, { authorId: owner.id }])
      expect(await contents(bo, 'quince', where)).toEqual(['quince for all'])
    await expect(find(bo, 'quince', { channelId: hidden?.id ?? '' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('gives pages that leave nothing out and repeat nothing', async () => {
    const { owner, channel } = await place()
    const texts = Array.from({ length: 130 }, (_, index) => `page ${index}`)
    await store(channel, owner, texts)
    await eventually(async () => (await contents(owner, 'page 129')).length === 1)

    const found: string[] = []
    for (let pageToken: string | undefined = ''; pageToken !== undefined;) {
      const page = await find(owner, 'page', { channelId: channel.id, pageSize: 50, pageToken })
      expect(page.messages.length).toBeLessThanOrEqual(50)
      found.push(...page.messages.map(({ content }) => content))
      pageToken = page.nextPageToken || undefined
    }

    expect(found).toEqual(texts.toReversed())
    const { nextPageToken: pageToken } = await find(owner, 'page', { pageSize: 1 })
    await expect(find(owner, 'other', { pageSize: 1, pageToken })).rejects.toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
    })
  })

  it('follows two cores, each message once, and finds what a core that died has left', async () => {
    const { owner, channel } = await place()
    await using second = await CoreProgram.start(ports)
    await store(channel, owner, ['left behind'])
    await second[Symbol.asyncDispose]()
    await ports.database.write((transaction) =>
      transaction
        .insertInto('search_positions')
        .values({
          channel_id: channel.id,
          epoch: 'another',
          seq: 1,
          generation: 1,
          claimed_until: new Date(Date.now() + 1_000),
        })
        .onConflict((conflict) => conflict.column('channel_id').doUpdateSet({ epoch: 'another' }))
        .execute(),
    )

    await indexed(owner, 'left behind')
    expect(await contents(owner, 'left behind')).toEqual(['left behind'])
  })

  it('is rebuilt: all is found meanwhile and afterwards, and what is not in the log is gone', async () => {
    const { owner, channel } = await place()
    await store(channel, owner, ['first lemon', 'second lemon'])
    await indexed(owner, 'lemon', 2)
    await ports.database.write((transaction) =>
      transaction
        .insertInto('search_messages')
        .values({
          id: newId(),
          channel_id: channel.id,
          sent_at: new Date(),
          pass: 1,
          words: `'lemon' 'c:${channel.id}'`,
        })
        .execute(),
    )
    const countWords = () =>
      ports.database.read(async (handle) => {
        const rows = await handle
          .selectFrom('search_messages')
          .select('id')
          .where('channel_id', '=', channel.id)
          .execute()
        return rows.length
      })
    expect(await countWords()).toBe(3)

    await program.clients.core.call((client) => client.rebuildSearch, {})

    expect(await contents(owner, 'lemon')).toHaveLength(2)
    await eventually(async () => {
      const lag = await program.clients.core.call((client) => client.getSearchLag, {})
      return lag.channelsBehind === 0 && lag.eventsBehind === 0
    })
    expect(await countWords()).toBe(2)
    expect(await contents(owner, 'lemon')).toEqual(['second lemon', 'first lemon'])
  })

  it('refuses a language that the database does not know', async () => {
    await expect(CoreProgram.start(ports, { searchLanguage: 'klingon' })).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('simple') as string,
    })
  })
})
