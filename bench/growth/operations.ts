import { WireClient, type Fields, type Reply } from '../client.js'
import type { Heartbeats } from '../heartbeats.js'
import type { Account } from '../api.js'
import type { Side } from './side.js'

/** Something whose cost must not grow. Resolves when it is done. */
export type Operation = { name: string; run(): Promise<void> }

/** A side's operations, on one connection of its reader. */
export type Operations = { all: readonly Operation[]; close(): void }

/** Connects a side's reader; each operation is one call of a public face. */
export async function operationsOf(url: string, side: Side, heartbeats: Heartbeats): Promise<Operations> {
  const { owner, reader, serverIds, channelId } = side
  const client = await WireClient.connect({ url, token: reader.token, heartbeats })
  let sent = 0
  const send = (content: string) =>
    request(url, 'POST', '/messages', owner, { channel_id: channelId, content, nonce: `g${++sent}` })
  const joinAndLeave = async (topic: string) => {
    await answer((onReply) => client.join(topic, {}, onReply))
    await answer((onReply) => client.leave(topic, onReply))
  }
  const all: Operation[] = [
    { name: 'send a message', run: () => send('About as long as people write in a chat.') },
    { name: 'send one that mentions somebody', run: () => send(`<@${reader.id}> are you there?`) },
    { name: 'send one that mentions everybody', run: () => send('<@everyone> come and see') },
    { name: 'join a channel', run: () => joinAndLeave(`channel:${channelId}`) },
    { name: 'join a server', run: () => joinAndLeave(`server:${serverIds[0]}`) },
    { name: 'join one’s own topic', run: () => joinAndLeave(`user:${reader.id}`) },
    {
      name: 'mark as read',
      run: () => request(url, 'PUT', `/channels/${channelId}/read`, reader, { seq: sent }),
    },
    { name: 'list what is unread', run: () => request(url, 'GET', '/unread', reader) },
    { name: 'list notifications', run: () => request(url, 'GET', '/notifications', reader) },
    { name: 'boot', run: () => request(url, 'GET', '/boot', reader) },
  ]
  return { all, close: () => client.close() }
}

function answer(ask: (onReply: (reply: Reply) => void) => void): Promise<Fields> {
  return new Promise((resolve, reject) =>
    ask((reply) =>
      reply.status === 'ok'
        ? resolve(reply.response)
        : reject(new Error(`answered ${JSON.stringify(reply)}`)),
    ),
  )
}

/** One request, once: a repeat would be measured too. */
async function request(url: string, method: string, path: string, by: Account, body?: object): Promise<void> {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${by.token}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
}
