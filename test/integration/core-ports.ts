import { connect } from 'amqplib'
import type { CoreDeps } from '../../core/aggregates.js'
import { Lifecycle } from '../../lib/lifecycle.js'
import { createLog } from '../../lib/log.js'
import type { Database } from '../../ports/database/database.js'
import { DatabaseHeads } from '../../ports/heads/database/database-heads.js'
import { openMongoHistory } from '../../ports/history/mongo/mongo-history.js'
import { openPgliteHistory } from '../../ports/history/pglite/pglite-history.js'
import { openPgliteQueue } from '../../ports/queue/pglite/pglite-queue.js'
import { openRabbitmqQueue } from '../../ports/queue/rabbitmq/rabbitmq-queue.js'
import type { Queue } from '../../ports/queue/queue.js'
import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import { openRedisRecent } from '../../ports/recent/redis/redis-recent.js'
import { freshMongoUrl, freshName, runs, serviceUrl } from '../support/adapters.js'
import { freshPglite, freshPostgres } from '../support/databases.js'

/** What a core under test stands on. */
export type CorePorts = Omit<CoreDeps, 'log'> & {
  /** The queue, once a core has opened it; the same for each. */
  queue(): Queue
  close(): Promise<void>
}

/** One side of each port. */
export type Profile = 'embedded' | 'full'

const silent = createLog({ level: 'silent', program: 'test' })

/** The profiles whose services are there. */
export const profiles: Profile[] = [
  ...(runs('embedded') ? (['embedded'] as const) : []),
  ...(runs('full', 'DATABASE_URL', 'MONGODB_URL', 'REDIS_URL', 'AMQP_URL') ? (['full'] as const) : []),
]

/** Opens the ports of a profile, each of them empty. */
export async function openCorePorts(profile: Profile): Promise<CorePorts> {
  const lifecycle = new Lifecycle()
  try {
    return profile === 'embedded' ? await openEmbedded(lifecycle) : await openFull(lifecycle)
  } catch (error) {
    await lifecycle.close()
    throw error
  }
}

async function openEmbedded(lifecycle: Lifecycle): Promise<CorePorts> {
  const fresh = await freshPglite()
  const database = lifecycle.use('database', fresh.value, () => fresh.drop())
  const history = lifecycle.use('history', await openPgliteHistory(database), (each) => each.close())
  const recent = lifecycle.use('recent', new MemoryRecent(), (each) => each.close())
  const open = (partitions: number) => openPgliteQueue({ database, partitions, log: silent })
  return { database, history, recent, ...common(database, open, lifecycle) }
}

async function openFull(lifecycle: Lifecycle): Promise<CorePorts> {
  const fresh = await freshPostgres()
  const database = lifecycle.use('database', fresh.value, () => fresh.drop())
  const mongo = await freshMongoUrl()
  lifecycle.use('mongo database', mongo, ({ drop }) => drop())
  const history = lifecycle.use('history', openMongoHistory({ url: mongo.value }), (each) => each.close())
  const redis = openRedisRecent({ url: serviceUrl('REDIS_URL'), prefix: freshName(), log: silent })
  const recent = lifecycle.use('recent', redis, (each) => each.close())
  const open = async (partitions: number) => {
    const [url, prefix] = [serviceUrl('AMQP_URL'), freshName()]
    lifecycle.use('queues on the broker', prefix, () => dropQueues(url, prefix, partitions))
    return openRabbitmqQueue({ url, partitions, prefix, log: silent })
  }
  return { database, history, recent, ...common(database, open, lifecycle) }
}

/** What both profiles have alike. */
function common(
  database: Database,
  open: (partitions: number) => Promise<Queue>,
  lifecycle: Lifecycle,
): Pick<CorePorts, 'heads' | 'openQueue' | 'queue' | 'close'> {
  let queue: Queue | undefined
  const openQueue = async (partitions: number) => {
    queue ??= lifecycle.use('queue', await open(partitions), (each) => each.close())
    return queue
  }
  return {
    heads: new DatabaseHeads(database),
    openQueue,
    queue: () => {
      if (!queue) throw new Error('no core has opened the queue yet')
      return queue
    },
    close: () => lifecycle.close(),
  }
}

async function dropQueues(url: string, prefix: string, partitions: number): Promise<void> {
  const connection = await connect(url, { noDelay: true })
  const amqpChannel = await connection.createChannel()
  const numbered = Array.from({ length: partitions }, (_, partition) => `messages.${partition}`)
  for (const name of ['inbox', 'dead', ...numbered]) await amqpChannel.deleteQueue(`${prefix}.${name}`)
  for (const name of ['messages', 'inbox']) await amqpChannel.deleteExchange(`${prefix}.${name}`)
  await connection.close()
}
