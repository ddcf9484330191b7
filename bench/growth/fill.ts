import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { Database } from '../../ports/database/database.js'
import { openPgliteDatabase } from '../../ports/database/pglite/pglite-database.js'
import { openPostgresDatabase } from '../../ports/database/postgres/postgres-database.js'
import {
  startEmbedded,
  startFull,
  type Profile,
  type RunningServer,
} from '../../test/support/products/programs.js'

/** Members that one statement makes. */
const BATCH = 10_000

/** A product that can be stopped, filled from below and started again. */
export type Filled = {
  readonly server: RunningServer
  /** Makes users who are members of these servers, as many as are wanted: to sign them up would take hours. */
  fill(serverIds: readonly string[], members: number): Promise<void>
  stop(): Promise<void>
}

/** Starts a product of a profile. */
export async function startFilled(profile: Profile): Promise<Filled> {
  return profile === 'embedded' ? startFilledEmbedded() : startFilledFull()
}

/** PGlite belongs to one process: it is filled while the product is stopped. */
async function startFilledEmbedded(): Promise<Filled> {
  const folder = await mkdtemp(join(tmpdir(), 'recado-growth-'))
  const dataDir = join(folder, 'data')
  let server = await startEmbedded({ dataDir })
  return {
    get server() {
      return server
    },
    async fill(serverIds, members) {
      await server.stop()
      await insertMembers(await openPgliteDatabase({ dataDir }), serverIds, members)
      server = await startEmbedded({ dataDir })
    },
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function startFilledFull(): Promise<Filled> {
  const server = await startFull()
  return {
    server,
    fill: (serverIds, members) =>
      insertMembers(openPostgresDatabase({ url: server.env.DATABASE_URL ?? '' }), serverIds, members),
    stop: () => server.stop(),
  }
}

async function insertMembers(
  database: Database,
  serverIds: readonly string[],
  members: number,
): Promise<void> {
  try {
    for (let from = 1; from <= members; from += BATCH) {
      const to = Math.min(from + BATCH - 1, members)
      await database.write(async (transaction) => {
        await sql`
          insert into users (id, username, password_hash)
          select 'filler-' || nth, 'filler-' || nth, '' from generate_series(${from}::int8, ${to}::int8) as nth`.execute(
          transaction,
        )
        await sql`
          insert into members (server_id, user_id)
          select server_id, 'filler-' || nth
          from unnest(${serverIds}::text[]) as server_id, generate_series(${from}::int8, ${to}::int8) as nth`.execute(
          transaction,
        )
      })
    }
    // What PostgreSQL does by itself within a minute.
    await database.maintain((handle) => sql`analyze`.execute(handle))
  } finally {
    await database.close()
  }
}
