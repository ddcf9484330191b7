import { Socket, type Channel } from 'phoenix'
import { WebSocket } from 'ws'
import type { Profile } from './products/programs.js'

/** The profiles that this run tests. */
export const profiles = (process.env.PROFILES ?? 'embedded').split(',') as Profile[]

/** An answer of the HTTP face. */
export type Answer = {
  status: number
  body: Record<string, never> & { error?: { code: string; message: string } }
}

/** Somebody who chats: over HTTP by `call`, over WebSocket by the stock `phoenix` client. */
export type Person = {
  id: string
  token: string
  call(method: string, path: string, body?: unknown): Promise<Answer>
  /** A connected socket of the stock client; disconnect it when done. */
  connect(): Socket
}

let people = 0

/** Calls the HTTP face. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : {} }
}

/** Signs somebody new up. */
export async function signUp(url: string): Promise<Person> {
  const username = `person-${process.pid}-${++people}`
  const { body } = await call(url, 'POST', '/users', { username, password: 'correct horse battery' })
  const { user, token } = body as unknown as { user: { id: string }; token: string }
  return {
    id: user.id,
    token,
    call: (method, path, payload) => call(url, method, path, payload, token),
    connect: () => connect(url, token),
  }
}

/** Opens a socket with the stock client. */
export function connect(url: string, token: string): Socket {
  const socket = new Socket(`${url.replace('http', 'ws')}/socket`, {
    transport: WebSocket as never,
    params: { token },
  })
  socket.connect()
  return socket
}

/** Makes a server with members; answers its ids. */
export async function makeServer(
  owner: Person,
  members: readonly Person[] = [],
): Promise<{ serverId: string; channelId: string }> {
  const { body } = await owner.call('POST', '/servers', {
    name: 'a server',
    member_ids: members.map(({ id }) => id),
  })
  const { server } = body as unknown as { server: { id: string; announcement_channel_id: string } }
  return { serverId: server.id, channelId: server.announcement_channel_id }
}

/** What a stock channel has received, with a way to wait for more. */
export class Inbox {
  readonly events: { event: string; payload: Record<string, unknown> }[] = []
  readonly channel: Channel
  readonly #socket: Socket
  #waiting: (() => void)[] = []

  constructor(channel: Channel, socket: Socket) {
    this.channel = channel
    this.#socket = socket
    channel.onMessage = (event: string, payload: never) => {
      if (!event.startsWith('phx_') && !event.startsWith('chan_reply')) this.events.push({ event, payload })
      for (const wake of this.#waiting.splice(0)) wake()
      return payload
    }
  }

  /** Closes the connection, with whatever else it has joined. */
  disconnect(): void {
    this.#socket.disconnect()
  }

  /** The payloads of one event so far. */
  of(event: string): Record<string, unknown>[] {
    return this.events.filter((each) => each.event === event).map(({ payload }) => payload)
  }

  /** Waits until one event has come `count` times. */
  async have(event: string, count: number, withinMs = 20_000): Promise<Record<string, unknown>[]> {
    const until = Date.now() + withinMs
    while (this.of(event).length < count) {
      const left = until - Date.now()
      if (left <= 0)
        throw new Error(`${event} came ${this.of(event).length} times, not ${count}, within ${withinMs} ms`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    return this.of(event)
  }
}

/** Joins a topic with the stock client; rejects with the error reply. */
export async function join(
  socket: Socket,
  topic: string,
  payload: object = {},
): Promise<{ inbox: Inbox; reply: Record<string, unknown> }> {
  const channel = socket.channel(topic, payload)
  const inbox = new Inbox(channel, socket)
  const reply = await answerOf(channel.join())
  return { inbox, reply }
}

/** Pushes an event; rejects with the error reply as its `cause`. */
export function push({ channel }: Inbox, event: string, payload: object): Promise<Record<string, unknown>> {
  return answerOf(channel.push(event, payload))
}

function answerOf(push: ReturnType<Channel['push']>): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    push
      .receive('ok', resolve)
      .receive('error', (cause: unknown) => reject(new Error(`refused: ${JSON.stringify(cause)}`, { cause })))
      .receive('timeout', () => reject(new Error('no reply in time')))
  })
}

/** What an operation was refused with. */
export async function refusal(work: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await work
  } catch (error) {
    return (error as Error).cause as Record<string, unknown>
  }
  throw new Error('it was not refused')
}

/** Polls until a check passes. */
export async function eventually<T>(
  check: () => Promise<T | undefined | false>,
  withinMs = 20_000,
): Promise<T> {
  const until = Date.now() + withinMs
  for (;;) {
    const found = await check()
    if (found) return found
    if (Date.now() > until) throw new Error(`it did not come true within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
