import { DatabaseHeads } from '../../ports/heads/database/database-heads.js'
import { runs } from '../support/adapters.js'
import { freshPglite, freshPostgres } from '../support/databases.js'
import { headsContract } from './heads.contract.js'

if (runs('embedded'))
  headsContract('database on pglite', freshPglite, (database) => new DatabaseHeads(database))
if (runs('full', 'DATABASE_URL')) {
  headsContract('database on postgres', freshPostgres, (database) => new DatabaseHeads(database))
}
