// A process to be killed: publishes 0, 1, 2 … to partition 0 of the embedded queue in the folder that it is given, a hundred at a
// time on their way, and prints each number once it is confirmed.
import { writeSync } from 'node:fs'
import { createLog } from '../../lib/log.js'
import { openPgliteDatabase } from '../../ports/database/pglite/pglite-database.js'
import { openPgliteQueue } from '../../ports/queue/pglite/pglite-queue.js'

const IN_FLIGHT = 100

const [, , dataDir = ''] = process.argv
const log = createLog({ level: 'error', program: 'queue-writer' })
const queue = await openPgliteQueue({ database: await openPgliteDatabase({ dataDir }), partitions: 1, log })
const underway: Promise<void>[] = []
for (let n = 0; ; n++) {
  underway.push(queue.publish(0, Buffer.from(String(n))).then(() => void writeSync(1, `${n}\n`)))
  if (underway.length >= IN_FLIGHT) await underway.shift()
}
