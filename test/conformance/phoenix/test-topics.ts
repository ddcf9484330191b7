import { setTimeout as sleep } from 'node:timers/promises'
import {
  JoinRefused,
  RefusedConnection,
  type Join,
  type TopicHandler,
  type ConnectParams,
  type Connection,
  type Joined,
  type Reply,
  type SocketHandler,
} from '../../../gateway/phoenix/handler.js'
import { closeCodes } from '../../../gateway/phoenix/wire/close-codes.js'
import { Hub } from './hub.js'

/** What the test topics keep for each connection. */
export type TestSocket = {
  socketId: string
  token: string | undefined
  params: Readonly<Record<string, string>>
}

type Context = Join<TestSocket>
type Answer = (context: Context, payload: object, reply: Reply) => void | Promise<void>

/** The topics that the conformance probes talk to: `room:*`, `realtime:*` and `exact`. */
export class TestTopics implements SocketHandler<TestSocket>, TopicHandler<TestSocket> {
  readonly hub = new Hub<TestSocket>()
  readonly open = new Set<Connection<TestSocket>>()
  /** `joined TOPIC REF` and `left TOPIC REF`, in order. */
  readonly journal: string[] = []

  connect({ params, token }: ConnectParams): Promise<TestSocket> {
    if (params['reject'] === 'true') return Promise.reject(new RefusedConnection(403, 'rejected'))
    return Promise.resolve({ socketId: `u:${params['user_id'] ?? ''}`, token, params })
  }

  opened(connection: Connection<TestSocket>): void {
    this.open.add(connection)
  }

  closed(connection: Connection<TestSocket>): void {
    this.open.delete(connection)
  }

  topic(topic: string): TopicHandler<TestSocket> | undefined {
    return /^(room:|realtime:|exact$)/.test(topic) ? this : undefined
  }

  async join(context: Context, payload: unknown, signal: AbortSignal): Promise<Joined> {
    const { topic } = context
    if (topic.startsWith('room:deny')) throw new JoinRefused({ reason: 'unauthorized' })
    if (topic.startsWith('room:crashjoin')) throw new Error('the join crashes')
    if (topic.startsWith('room:slow')) await sleep((payload as { ms: number }).ms, undefined, { signal })
    return {
      response: topic.startsWith('room:reply') ? { echo: payload } : {},
      attached: () => this.#attach(context),
    }
  }

  push(context: Context, event: string, payload: unknown, reply: Reply): void | Promise<void> {
    const answer = this.#answers[event]
    if (!answer) throw new Error(`no clause for ${event}`)
    return answer(context, payload as object, reply)
  }

  left(context: Context): void {
    this.hub.remove(context)
    this.journal.push(`left ${context.topic} ${context.joinRef}`)
  }

  #attach(context: Context): void {
    this.hub.add(context)
    this.journal.push(`joined ${context.topic} ${context.joinRef}`)
    if (!/^room:(slow|reply)/.test(context.topic)) context.push('hello', {})
  }

  readonly #answers: Readonly<Record<string, Answer>> = {
    echo: (_context, payload, reply) => reply('ok', payload),
    err: (_context, payload, reply) => reply('error', payload),
    okonly: (_context, _payload, reply) => reply('ok', {}),
    custom_status: (_context, payload, reply) => reply('queued', payload),
    shout: ({ topic }, payload, reply) => {
      this.hub.broadcast(topic, 'shout', payload)
      reply('ok', {})
    },
    shout_from: (context, payload) => this.hub.broadcast(context.topic, 'shout', payload, context),
    intercepted: ({ topic }, payload) => {
      for (const member of this.hub.members(topic))
        member.push('intercepted', { ...payload, via: 'handle_out' })
    },
    async: async (_context, payload, reply) => {
      await sleep(50)
      reply('ok', payload)
    },
    sleep: async (_context, payload, reply) => {
      await sleep((payload as { ms: number }).ms)
      reply('ok', {})
    },
    never: () => undefined,
    bin: (context, payload, reply) => {
      context.push('bin', Uint8Array.of(0, 1))
      reply('ok', Buffer.concat([payload as Uint8Array, Uint8Array.of(9)]))
    },
    bin_reply: (_context, _payload, reply) => reply('ok', Uint8Array.of(9)),
    bin_long: (context) => context.push('e'.repeat(256), Uint8Array.of(9)),
    binb: ({ topic }, payload) => this.hub.broadcast(topic, 'binb', payload),
    stop: (context) => context.close(),
    stop_reply: (context, _payload, reply) => {
      reply('ok', { bye: 1 })
      context.close()
    },
    reply_twice: (_context, _payload, reply) => {
      reply('ok', { first: true })
      reply('ok', { first: false })
    },
    boom_later: async () => {
      await sleep(1)
      throw new Error('crashes after a while')
    },
    disconnect_me: ({ connection }) => {
      for (const each of this.open) {
        if (each.state.socketId === connection.state.socketId) each.close(closeCodes.goingAway)
      }
    },
  }
}
