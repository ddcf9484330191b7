// A process that must end by itself: publishes, takes, settles, opens a session that waits, closes the queue, and has nothing left to do.
import { createLog } from '../../lib/log.js'
import { openPgliteDatabase } from '../../ports/database/pglite/pglite-database.js'
import { openPgliteQueue } from '../../ports/queue/pglite/pglite-queue.js'
import { openRabbitmqQueue } from '../../ports/queue/rabbitmq/rabbitmq-queue.js'

const [, , technology = '', place = '', prefix = ''] = process.argv
const log = createLog({ level: 'error', program: 'queue-visitor' })
const database = technology === 'pglite' ? await openPgliteDatabase({ dataDir: place }) : undefined
const queue = database
  ? await openPgliteQueue({ database, partitions: 2, log })
  : openRabbitmqQueue({ url: place, prefix, partitions: 2, log })

const { signal } = new AbortController()
const session = await queue.open(0, signal)
const second = await queue.open(0, signal)
await queue.publish(0, Buffer.from('x'))
await session.settle(await session.take({ maxItems: 1, maxBytes: 1 }))
const waiting = second.take({ maxItems: 1, maxBytes: 1 })
await queue.ping()
await queue.close()
await waiting
await database?.close()
