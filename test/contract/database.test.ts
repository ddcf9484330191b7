import { runs } from '../support/adapters.js'
import { freshPglite, freshPostgres } from '../support/databases.js'
import { databaseContract } from './database.contract.js'

if (runs('embedded')) databaseContract('pglite', freshPglite)
if (runs('full', 'DATABASE_URL')) databaseContract('postgres', freshPostgres)
