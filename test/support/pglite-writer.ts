// A process to be killed: writes the numbers 1, 2, 3 … to the database in the folder that it is given, each in a transaction of
// its own, and prints each once it is committed.
import { writeSync } from 'node:fs'
import { sql } from 'kysely'
import { openPgliteDatabase } from '../../ports/database/pglite/pglite-database.js'

const [, , dataDir = ''] = process.argv
const database = await openPgliteDatabase({ dataDir })
await database.write((transaction) => sql`create table numbers (n int8 primary key)`.execute(transaction))
for (let n = 1; ; n++) {
  await database.write((transaction) => sql`insert into numbers values (${n})`.execute(transaction))
  writeSync(1, `${n}\n`)
}
