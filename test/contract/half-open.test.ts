import { describe, expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../lib/log.js'
import { openPostgresDatabase } from '../../ports/database/postgres/postgres-database.js'
import { openMongoHistory } from '../../ports/history/mongo/mongo-history.js'
import { openRedisRecent } from '../../ports/recent/redis/redis-recent.js'
import { freshMongoUrl, freshPostgresUrl, runs, serviceUrl, type Fresh } from '../support/adapters.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { within } from './queue-place.js'
import { RabbitmqPlace } from './rabbitmq-place.js'

type Link = { ping(): Promise<void>; close(): Promise<void> }
type Server = Fresh<string> & { open: (url: string) => Link | Promise<Link> }

const log = createLog({ level: 'silent', program: 'test' })
const servers: [string, () => Promise<Server>][] = [
  [
    'PostgreSQL',
    async () => ({ ...(await freshPostgresUrl()), open: (url) => openPostgresDatabase({ url }) }),
  ],
  ['MongoDB', async () => ({ ...(await freshMongoUrl()), open: (url) => openMongoHistory({ url }) })],
  [
    'Redis',
    async () => ({
      value: serviceUrl('REDIS_URL'),
      open: (url) => openRedisRecent({ url, log }),
      drop: async () => undefined,
    }),
  ],
  [
    'RabbitMQ',
    async () => {
      const place = new RabbitmqPlace()
      return { value: serviceUrl('AMQP_URL'), open: (url) => place.open(url), drop: () => place.drop() }
    },
  ],
]

describe.runIf(runs('full', 'DATABASE_URL', 'MONGODB_URL', 'REDIS_URL', 'AMQP_URL'))('a link', () => {
  it.each(servers)(
    'to %s that is silently dead is noticed within 10 s, and made anew',
    async (_name, make) => {
      const server = await make()
      const { proxy, url } = await FaultProxy.before(server.value)
      const link = await server.open(url)
      onTestFinished(async () => {
        proxy.cut()
        await link.close()
        await proxy.close()
        await server.drop()
      })
      await expect.poll(() => answers(link), { timeout: 20_000 }).toBe(true)
      // As many connections as a pool opens for what runs at once.
      await Promise.all(Array.from({ length: 20 }, () => link.ping().catch(() => undefined)))

      proxy.freeze()

      await expect(within(2_500, link.ping())).rejects.toMatchObject({ code: 'unavailable' })
      await expect.poll(() => answers(link), { timeout: 9_000 }).toBe(true)
      await Promise.all(Array.from({ length: 20 }, () => link.ping()))
    },
  )
})

function answers(link: Link): Promise<boolean> {
  return link.ping().then(
    () => true,
    () => false,
  )
}
