import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../lib/log.js'
import { openPgliteDatabase } from '../../ports/database/pglite/pglite-database.js'
import { openPgliteQueue } from '../../ports/queue/pglite/pglite-queue.js'
import { runs, type Fresh } from '../support/adapters.js'
import { exitCode, killAfterLines, startScript } from '../support/child.js'
import { freshPgliteDir } from '../support/pglite-template.js'
import { numbers, openSession, takeCount, texts } from './queue-place.js'

describe.runIf(runs('embedded'))('queue: pglite, and its process', { timeout: 60_000 }, () => {
  let dir: Fresh<string>

  beforeEach(async () => {
    dir = await freshPgliteDir()
  })

  afterEach(() => dir.drop())

  it('has all that was confirmed, in order, after kill -9 of its process', async () => {
    const confirmed = await killAfterLines(startScript('queue-writer.ts', dir.value), 1_000)
    const log = createLog({ level: 'silent', program: 'test' })
    const database = await openPgliteDatabase({ dataDir: dir.value })

    const queue = await openPgliteQueue({ database, partitions: 1, log })

    const taken = texts(await takeCount(await openSession(queue), confirmed.length))
    expect(confirmed.length).toBeGreaterThanOrEqual(1_000)
    expect(taken).toEqual(numbers(taken.length))
    expect(taken.length).toBeGreaterThanOrEqual(confirmed.length)
    await queue.close()
    await database.close()
  })

  it('leaves nothing that keeps its process alive', async () => {
    const child = startScript('queue-visitor.ts', 'pglite', dir.value)

    expect(await exitCode(child, 30_000)).toBe(0)
  })
})
