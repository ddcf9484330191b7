import { expect, it } from 'vitest'
import { ErrorCode, type Outcome } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { MemoryConnection, MemoryJoin } from '../../test/support/gateway-doubles.js'
import { Connections } from '../connections/connections.js'
import type { LostRight } from '../connections/lost-rights.js'
import type { Joined } from '../phoenix/handler.js'
import type { Accepted, Draft } from '../sending/send-message.js'
import { ChannelTopic, type ChannelTopicDeps } from './channel-topic.js'
import { OutcomePost } from './outcome-post.js'
import { Posting } from './posting.js'

function setUp() {
  const connections = new Connections()
  const outcomes = new OutcomePost(connections)
  const steps: string[] = []
  const drafts: Draft[] = []
  const state = {
    lost: [] as LostRight[],
    refusal: undefined as RecadoError | undefined,
    sending: undefined as RecadoError | undefined,
    inForce: Promise.resolve(),
    head: { epoch: 'e', seq: 9 },
  }
  const settle: ((outcome: Outcome) => void)[] = []
  const send = (draft: Draft): Promise<Accepted> => {
    drafts.push(draft)
    if (state.sending) return Promise.reject(state.sending)
    const outcome = new Promise<Outcome>((resolve) => settle.push(resolve))
    return Promise.resolve({ id: 'm', channelId: 'c', timestamp: '', outcome })
  }
  const deps = {
    connections,
    outcomes,
    joinRights: {
      require: () => {
        steps.push('require')
        if (state.refusal) return Promise.reject(state.refusal)
        return Promise.resolve({ serverId: 's', position: 5, head: { epoch: 'e', seq: 7 } })
      },
    },
    rightsLog: { since: () => state.lost },
    deliveries: {
      follow: () => {
        steps.push('follow')
        return { inForce: state.inForce, feed: state, subscriber: undefined }
      },
      unfollow: () => steps.push('unfollow'),
      reach: (_: string, { seq }: { seq: number }) => {
        steps.push(`reach ${seq}`)
        return Promise.resolve()
      },
    },
    posting: new Posting({ send, change: () => Promise.reject(new Error('no change')), outcomes }),
  } as unknown as ChannelTopicDeps
  const connection = new MemoryConnection({ id: 'ann' })
  connections.add(connection)

  /** A join as Phoenix runs it: the reply, then `attached`. */
  const join = async () => {
    const topic = new ChannelTopic('c', deps)
    const made = new MemoryJoin(connection, 'channel:c', (left) => topic.left(left))
    const joined = await topic.join(made, {}, new AbortController().signal)
    const response = answer(joined)
    joined.attached?.()
    return { topic, made, response }
  }
  const stored = (seq: number): Outcome => ({
    id: 'm',
    channelId: 'c',
    attempt: 'a',
    result: { $case: 'stored', value: { seq, timestamp: 'T', duplicate: false } },
  })
  return { connections, connection, steps, drafts, state, settle, deps, join, stored }
}

function answer({ response }: Joined): object {
  return typeof response === 'function' ? response() : response
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('registers its interest, then asks for the right and the head, and is attached where the feed stands', async () => {
  const { steps, connections, join } = setUp()

  const { response, made } = await join()

  expect(steps).toEqual(['follow', 'require', 'reach 7'])
  expect(response).toEqual({ channel: 'c', head: { epoch: 'e', seq: 9 }, recovered: false, events: [] })
  expect(connections.topic('channel:c')?.joins.get(made.connection)).toBe(made)
})

it('gives its interest back when it is refused, and when it ends', async () => {
  const refused = setUp()
  refused.state.refusal = new RecadoError('not_found', 'There is no such channel.')
  await expect(refused.join()).rejects.toMatchObject({ response: { code: 'not_found' } })
  expect(refused.steps).toEqual(['follow', 'require', 'unfollow'])

  const ended = setUp()
  const { made } = await ended.join()
  made.close()
  expect(ended.steps.at(-1)).toBe('unfollow')
  expect(ended.connections.topic('channel:c')).toBeUndefined()
})

it('is refused when the right was lost while it was being asked for', async () => {
  const { state, connections, join } = setUp()
  state.lost = [{ $case: 'memberRemoved', value: { serverId: 's', userId: 'ann' } }]

  await expect(join()).rejects.toMatchObject({ response: { code: 'not_found' } })

  expect(connections.topic('channel:c')).toBeUndefined()
})

it('answers what is accepted, then tells what became of it', async () => {
  const { connection, drafts, settle, join, stored } = setUp()
  const { topic, made } = await join()
  const replies: unknown[] = []

  const command = { content: 'Olá', nonce: 'n', data: { a: [1, null] }, timestamp: '2026-01-03T12:00:00Z' }
  topic.push(made, 'message:send', command, (...reply) => replies.push(reply))
  await turn()
  expect(replies).toEqual([['ok', { id: 'm', channel_id: 'c', state: 'accepted' }]])
  expect(drafts[0]).toEqual({
    senderId: 'ann',
    sessionId: 'session of ann',
    channelId: 'c',
    content: 'Olá',
    nonce: 'n',
    replyTo: undefined,
    data: '{"a":[1,null]}',
    sentAt: '2026-01-03T12:00:00Z',
  })
  settle[0]!(stored(10))
  await turn()

  expect(connection.frames).toEqual([
    ['channel:c', 'message:ack', { id: 'm', nonce: 'n', seq: 10, timestamp: 'T', duplicate: false }],
  ])
})

it('tells why a message was refused after it was accepted', async () => {
  const { connection, settle, join } = setUp()
  const { topic, made } = await join()
  topic.push(made, 'message:send', { content: 'x' }, () => undefined)
  await turn()

  const value = { code: ErrorCode.ERROR_CODE_PERMISSION_DENIED, reason: 'BLOCKED_WORD', message: 'No.' }
  settle[0]!({ id: 'm', channelId: 'c', attempt: 'a', result: { $case: 'refused', value } })
  await turn()

  expect(connection.frames[0]).toMatchObject([
    'channel:c',
    'message:rejected',
    { id: 'm', code: 'permission_denied', reason: 'BLOCKED_WORD', message: 'No.' },
  ])
})

it('brings the ack to the join that the sender has now', async () => {
  const { connection, settle, join, stored } = setUp()
  const first = await join()
  first.topic.push(first.made, 'message:send', { content: 'x', nonce: 'n' }, () => undefined)
  await turn()

  first.made.end()
  const second = await join()
  settle[0]!(stored(10))
  await turn()

  expect(second.made.isJoined).toBe(true)
  expect(connection.frames).toMatchObject([['channel:c', 'message:ack', { seq: 10 }]])
})

it('keeps an ack that comes between two joins until the second is answered', async () => {
  const { connection, settle, join, stored } = setUp()
  const first = await join()
  first.topic.push(first.made, 'message:send', { content: 'x', nonce: 'n' }, () => undefined)
  await turn()

  first.made.end()
  settle[0]!(stored(10))
  await turn()
  expect(connection.frames).toEqual([])
  await join()

  expect(connection.frames).toMatchObject([['channel:c', 'message:ack', { seq: 10 }]])
})

it('keeps nothing for a connection that is gone', async () => {
  const { connections, connection, settle, join, stored } = setUp()
  const { topic, made } = await join()
  topic.push(made, 'message:send', { content: 'x' }, () => undefined)
  await turn()

  made.end()
  connections.remove(connection)
  settle[0]!(stored(10))
  await turn()
  await join()

  expect(connection.frames).toEqual([])
})

it('answers an error to what is malformed, refused or not known', async () => {
  const { state, drafts, join } = setUp()
  const { topic, made } = await join()
  const replies: unknown[] = []
  const push = (event: string, payload: unknown) =>
    topic.push(made, event, payload, (...reply) => replies.push(reply))

  push('message:send', { content: 1 })
  push('message:send', { content: 'x', colour: 'red' })
  push('message:send', { content: 'x', data: [1] })
  push('message:send', { content: 'x', data: '{}' })
  push('message:send', { content: 'x', timestamp: 7 })
  push('message:shout', {})
  await turn()
  state.sending = new RecadoError('unavailable', 'The queue is away.')
  push('message:send', { content: 'x' })
  await turn()

  expect(drafts).toHaveLength(1)
  expect(replies).toMatchObject([
    ['error', { code: 'unimplemented' }],
    ...Array.from({ length: 5 }, () => ['error', { code: 'invalid_argument' }]),
    ['error', { code: 'unavailable', retryable: true }],
  ])
})
