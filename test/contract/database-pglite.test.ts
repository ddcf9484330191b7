import { sql } from 'kysely'
import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { chmod, mkdir, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openPgliteDatabase } from '../../ports/database/pglite/pglite-database.js'
import type { Database } from '../../ports/database/database.js'
import { PgliteStreams, type PgliteStream } from '../../ports/database/pglite/pglite-stream.js'
import { upkeep } from '../../ports/database/pglite/pglite-upkeep.js'
import { PooledDatabase } from '../../ports/database/postgres/pooled-database.js'
import { freshDataDir, runs } from '../support/adapters.js'
import { killAfterLines, startScript } from '../support/child.js'
import { freshPgliteDir } from '../support/pglite-template.js'
import { keptLog } from './queue-place.js'

describe.runIf(runs('embedded'))('database: pglite', { timeout: 60_000 }, tests)

function tests() {
  const drops: (() => unknown)[] = []
  afterEach(async () => {
    for (const drop of drops.splice(0).reverse()) await drop()
  }, 30_000)

  async function dataDir(): Promise<string> {
    const dir = await freshPgliteDir()
    drops.push(dir.drop)
    return dir.value
  }

  async function open(dir: string): Promise<Database> {
    const database = await openPgliteDatabase({ dataDir: dir })
    drops.push(() => database.close())
    return database
  }

  /** A process that writes rows 1, 2, 3 … and prints each number once its write has resolved. */
  function startWriter(dir: string): ChildProcess {
    const child = startScript('pglite-writer.ts', dir)
    drops.push(() => child.kill('SIGKILL'))
    return child
  }

  it('has all that was committed after kill -9 of its process, and takes the folder over', async () => {
    const dir = await dataDir()
    const committed = Number((await killAfterLines(startWriter(dir), 200)).at(-1))

    const database = await open(dir)

    const { rows } = await database.read((handle) =>
      sql<{ rows: number; last: number }>`select count(*) as rows, max(n) as last from numbers`.execute(
        handle,
      ),
    )
    expect(committed).toBeGreaterThanOrEqual(200)
    expect(rows[0]?.last).toBeGreaterThanOrEqual(committed)
    expect(rows[0]?.rows).toBe(rows[0]?.last)
  })

  it('refuses a folder that another process holds, and names the process', async () => {
    const dir = await dataDir()
    const child = startWriter(dir)
    await once(child.stdout!, 'data')

    const opening = openPgliteDatabase({ dataDir: dir })

    await expect(opening).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining(`process ${child.pid}.`),
    })
  })

  it('refuses a second opening in the same process until the first is closed', async () => {
    const dir = await dataDir()
    const first = await open(dir)

    await expect(openPgliteDatabase({ dataDir: dir })).rejects.toMatchObject({ code: 'failed_precondition' })

    await first.close()
    await serves(await open(dir))
  })

  it('closes a connection that is given up before it was made', async () => {
    const stream = new PgliteStreams(join(await dataDir(), 'pg')).open()
    stream.write('a query')

    stream.destroy()

    await once(stream, 'close', { signal: AbortSignal.timeout(5_000) })
  })

  it('rejects what runs when its thread dies with unavailable, and serves those who wait from the disk', async () => {
    const streams = new PgliteStreams(join(await dataDir(), 'pg'))
    let stream: PgliteStream | undefined
    const open = () => (stream = streams.open())
    const database = new PooledDatabase({ max: 1, user: 'postgres', stream: open })
    drops.push(() => database.close().then(() => streams.close()))
    await database.write((transaction) => sql`create table kept as select 7 as n`.execute(transaction))
    const counting = database.read((handle) =>
      sql`select count(*) from generate_series(1, 50000000)`.execute(handle),
    )
    const outcome = expect(counting).rejects.toMatchObject({ code: 'unavailable' })
    const waiting = database.read((handle) => sql`select n from kept`.execute(handle))

    stream?.destroy(new Error('the thread has died'))

    await outcome
    expect((await waiting).rows).toEqual([{ n: 7 }])
  })

  it('has shut down, and let the folder go, when close resolves', async () => {
    const dir = await dataDir()
    const database = await open(dir)
    expect(await readdir(join(dir, 'pg'))).toContain('postmaster.pid')

    await database.close()

    expect(await readdir(join(dir, 'pg'))).not.toContain('postmaster.pid')
    expect(await readdir(dir)).toEqual(['pg'])
  })

  it.each([
    ['an empty control file', (pg: string) => truncate(join(pg, 'global/pg_control'), 0)],
    ['no write-ahead log', (pg: string) => rm(join(pg, 'pg_wal'), { recursive: true })],
    ['another version', (pg: string) => writeFile(join(pg, 'PG_VERSION'), '15\n')],
    ['no version', (pg: string) => rm(join(pg, 'PG_VERSION'))],
  ])(
    'says in words that a database with %s does not open, and leaves it and the lock alone',
    async (_what, harm) => {
      const dir = await dataDir()
      await harm(join(dir, 'pg'))
      const files = async () =>
        (await readdir(join(dir, 'pg'), { recursive: true }))
          .filter((name) => name !== 'postmaster.pid')
          .sort()
      const before = await files()

      for (let tries = 0; tries < 2; tries += 1)
        await expect(openPgliteDatabase({ dataDir: dir })).rejects.toMatchObject({
          code: 'failed_precondition',
          message: expect.stringMatching(/RECADO_DATA_DIR/),
        })

      expect(await files()).toEqual(before)
      expect(await readdir(dir)).toEqual(['pg'])
    },
  )

  it('makes what a first start did not finish anew, says so, and closes the folder to others', async () => {
    const { value: dir, drop } = await freshDataDir()
    drops.push(drop)
    await mkdir(join(dir, 'pg'))
    await writeFile(join(dir, 'pg', 'half'), '')
    await writeFile(join(dir, 'pg-unfinished'), '')
    await chmod(dir, 0o755)
    const { log, lines } = keptLog()

    const database = await openPgliteDatabase({ dataDir: dir, log })
    drops.push(() => database.close())

    await serves(database)
    expect(lines.join('')).toContain('making the database')
    expect((await readdir(dir)).filter((name) => !name.startsWith('lock-'))).toEqual(['pg'])
    expect((await stat(dir)).mode & 0o777).toBe(0o700)
  })

  it('keeps the write-ahead log short and clears deleted rows away', async () => {
    const database = await open(await dataDir())
    const run = (statement: string) => database.read((handle) => sql.raw(statement).execute(handle))
    await run(
      'create table heap as select i, repeat(md5(i::text), 40) as filling from generate_series(1, 60000) i',
    )
    await run('delete from heap where i > 100')
    await run('select pg_stat_force_next_flush()')

    await upkeep(database)

    const dead = await run(`select n_dead_tup from pg_stat_user_tables where relname = 'heap'`)
    const log = await run(
      'select pg_current_wal_lsn() - redo_lsn < 1000000 as short from pg_control_checkpoint()',
    )
    expect(dead.rows).toEqual([{ n_dead_tup: 0 }])
    expect(log.rows).toEqual([{ short: true }])
  })
}

/** A ping has a deadline, and a test none. */
async function serves(database: Database): Promise<void> {
  await database.read((handle) => sql`select 1`.execute(handle))
}
