import { Lifecycle } from '../lib/lifecycle.js'
import type { Log } from '../lib/log.js'
import { openPostgresDatabase } from '../ports/database/postgres/postgres-database.js'
import { DatabaseHeads } from '../ports/heads/database/database-heads.js'
import { openMongoHistory } from '../ports/history/mongo/mongo-history.js'
import { openRedisLimits } from '../ports/limits/redis/redis-limits.js'
import { openRabbitmqQueue } from '../ports/queue/rabbitmq/rabbitmq-queue.js'
import { openRedisRecent } from '../ports/recent/redis/redis-recent.js'
import { once, type Ports } from './profile.js'

/** Where the servers are. */
export type Urls = { database: string; mongodb: string; redis: string; amqp: string }

/** Real servers, for programs that run apart. */
export function fullPorts({ urls, log }: { urls: Urls; log: Log }): Ports {
  const opened = new Lifecycle()
  const keep = <T extends { close(): Promise<void> }>(name: string, port: T) =>
    opened.use(name, port, (each) => each.close())
  const database = once(async () => keep('database', openPostgresDatabase({ url: urls.database })))
  return {
    database,
    heads: once(async () => new DatabaseHeads(await database())),
    history: once(async () => keep('history', openMongoHistory({ url: urls.mongodb }))),
    recent: once(async () => keep('recent', openRedisRecent({ url: urls.redis, log }))),
    limits: once(async () => keep('limits', openRedisLimits({ url: urls.redis, log }))),
    queue: once(async (partitions) => keep('queue', openRabbitmqQueue({ url: urls.amqp, partitions, log }))),
    close: () => opened.close(),
  }
}
