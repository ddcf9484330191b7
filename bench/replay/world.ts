import { randomBytes } from 'node:crypto'
import type { Account, Api } from '../api.js'
import { eachBounded } from '../bounded.js'
import type { Progress } from '../progress.js'
import type { ChatLog } from './chat-log.js'
import { channelNames, usernameFor } from './names.js'

/** What stands before the clock starts: the users, one server, its channels. */
export type World = {
  observer: Account
  /** In the order of the log's authors. */
  authors: Account[]
  /** In the order of the log's channels. */
  channelIds: string[]
}

/** Requests at once. */
const concurrency = 16
/** Members named when the server is made; the others are added one by one, to keep the request small. */
const maxInitialMembers = 1_000

/** Signs everyone up and makes the server and its channels. `run` tells this run's users from those of others. */
export async function createWorld(api: Api, log: ChatLog, run: string, progress: Progress): Promise<World> {
  const observer = await api.signUp(`observer~${run}`, randomPassword())
  const authors = await signUpAll(api, log, run, progress)
  const initial = authors.slice(0, maxInitialMembers).map(({ id }) => id)
  const serverId = await api.createServer(observer, `replay ${run}`, initial)
  await addMembers(api, observer, serverId, authors.slice(maxInitialMembers), progress)
  return { observer, authors, channelIds: await createChannels(api, observer, serverId, log, progress) }
}

async function signUpAll(api: Api, log: ChatLog, run: string, progress: Progress): Promise<Account[]> {
  const accounts: Account[] = []
  let done = 0
  progress.begin('signing up', log.authors.length, () => done)
  await eachBounded(log.authors, concurrency, async (nickname, index) => {
    accounts[index] = await api.signUp(usernameFor(nickname, run, index), randomPassword())
    done += 1
  })
  return accounts
}

async function addMembers(
  api: Api,
  owner: Account,
  serverId: string,
  members: readonly Account[],
  progress: Progress,
): Promise<void> {
  let done = 0
  progress.begin('adding members', members.length, () => done)
  await eachBounded(members, concurrency, async ({ id }) => {
    await api.addMember(owner, serverId, id)
    done += 1
  })
}

async function createChannels(
  api: Api,
  owner: Account,
  serverId: string,
  log: ChatLog,
  progress: Progress,
): Promise<string[]> {
  const names = channelNames(log.channels.map(({ name }) => name))
  const ids: string[] = []
  progress.begin('making channels', names.length, () => ids.length)
  await eachBounded(names, concurrency, async (name, index) => {
    ids[index] = await api.createChannel(owner, serverId, name)
  })
  return ids
}

function randomPassword(): string {
  return randomBytes(12).toString('base64url')
}
