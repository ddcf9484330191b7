import type { Api } from '../api.js'
import { type Account } from '../api.js'
import { eachBounded } from '../bounded.js'

/** Members of a small server, its owner and reader among them. */
const SMALL_MEMBERS = 10

/** Servers that a side's channels are spread over: one has 500 channels at most. */
const SERVERS = 2

/** Requests at once. */
const concurrency = 4

/** One side of the comparison: a user, and the servers and channels that they are in. */
export type Side = {
  name: 'small' | 'large'
  owner: Account
  reader: Account
  serverIds: string[]
  /** The channel in which messages are sent, of the first server. */
  channelId: string
}

/** Makes a side; the large one gets its members later. */
export async function makeSide(api: Api, name: Side['name'], channels: number): Promise<Side> {
  const [owner, reader] = [
    await api.signUp(`${name} owner`, name.repeat(3)),
    await api.signUp(`${name} reader`, name.repeat(3)),
  ]
  const others: string[] = []
  for (let nth = 2; nth < SMALL_MEMBERS; nth += 1)
    others.push((await api.signUp(`${name} member ${nth}`, name.repeat(3))).id)
  const serverIds: string[] = []
  const channelIds: string[] = []
  for (let nth = 0; nth < SERVERS; nth += 1) {
    const serverId = await api.createServer(owner, `${name} ${nth}`, [reader.id, ...others])
    serverIds.push(serverId)
    // A server is made with its first channel.
    const count = Math.ceil(channels / SERVERS) - 1
    await eachBounded(Array.from({ length: count }).keys(), concurrency, async (index) => {
      channelIds.push(await api.createChannel(owner, serverId, `channel ${index}`))
    })
  }
  const [channelId] = channelIds
  if (channelId === undefined) throw new Error('a side needs at least 4 channels')
  return { name, owner, reader, serverIds, channelId }
}
