import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTargets } from '../../core/messages/targets.js'
import { migrate } from '../../core/schema/migrate.js'
import { CommandKind } from '../../gen/recado/v1/messages_service.js'
import type { Database } from '../../ports/database/database.js'
import { DatabaseHeads } from '../../ports/heads/database/database-heads.js'
import { runs, type Fresh } from '../support/adapters.js'
import { freshPglite, freshPostgres } from '../support/databases.js'

if (runs('embedded')) plansOf('pglite', freshPglite)
if (runs('full', 'DATABASE_URL')) plansOf('postgres', freshPostgres)

/** PostgreSQL looks at so many calls before it settles for one plan. */
const TRIAL = 5

function plansOf(name: string, fresh: () => Promise<Fresh<Database>>): void {
  describe(`statements of each message, on ${name}`, () => {
    let database: Fresh<Database>

    beforeAll(async () => {
      database = await fresh()
      await migrate(database.value)
    })
    afterAll(() => database?.drop())

    const plannedAnew = async (word: string) => {
      const { rows } = await database.value.read((handle) =>
        sql<{ custom: number }>`
          select custom_plans as custom from pg_prepared_statements
          where statement like ${`%${word}%`} and custom_plans + generic_plans = 12`.execute(handle),
      )
      return rows.map(({ custom }) => custom)
    }

    it('are planned once, also where a batch has one message', async () => {
      const heads = new DatabaseHeads(database.value)
      const kind = CommandKind.COMMAND_KIND_MESSAGE
      const candidate = { kind, senderId: 'ana', channelId: 'c', content: 'olá', moderated: true }
      for (let call = 0; call < 12; call++) {
        await database.value.read((handle) => readTargets(handle, [candidate as never]))
        await heads.raise([{ channelId: 'c', seq: 1, count: 1 }], [])
      }

      expect(await plannedAnew('as membership on true')).toEqual([TRIAL])
      expect(await plannedAnew('for no key update of channels')).toEqual([TRIAL])
    })
  })
}
