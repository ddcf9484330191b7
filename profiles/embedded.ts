import { Lifecycle } from '../lib/lifecycle.js'
import type { Log } from '../lib/log.js'
import { openPgliteDatabase } from '../ports/database/pglite/pglite-database.js'
import { DatabaseHeads } from '../ports/heads/database/database-heads.js'
import { openPgliteHistory } from '../ports/history/pglite/pglite-history.js'
import { MemoryLimits } from '../ports/limits/memory/memory-limits.js'
import { openPgliteQueue } from '../ports/queue/pglite/pglite-queue.js'
import { MemoryRecent } from '../ports/recent/memory/memory-recent.js'
import { once, type Ports } from './profile.js'

/** Nothing to install: everything in one process and one folder. */
export function embeddedPorts({ dataDir, log }: { dataDir: string; log: Log }): Ports {
  const opened = new Lifecycle()
  const keep = <T extends { close(): Promise<void> }>(name: string, port: T) =>
    opened.use(name, port, (each) => each.close())
  const database = once(async () => keep('database', await openPgliteDatabase({ dataDir, log })))
  return {
    database,
    heads: once(async () => new DatabaseHeads(await database())),
    history: once(async () => keep('history', await openPgliteHistory(await database()))),
    recent: once(async () => keep('recent', new MemoryRecent())),
    limits: once(async () => keep('limits', new MemoryLimits())),
    queue: once(async (partitions) =>
      keep('queue', await openPgliteQueue({ database: await database(), partitions, log })),
    ),
    close: () => opened.close(),
  }
}
