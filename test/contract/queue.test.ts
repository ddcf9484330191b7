import { afterAll, beforeAll, describe } from 'vitest'
import type { Database } from '../../ports/database/database.js'
import { runs, type Fresh } from '../support/adapters.js'
import { freshPglite } from '../support/databases.js'
import { PglitePlace } from './pglite-place.js'
import { queueContract } from './queue.contract.js'
import { RabbitmqPlace } from './rabbitmq-place.js'

if (runs('embedded')) {
  describe('one database', () => {
    let database: Fresh<Database>

    beforeAll(async () => {
      database = await freshPglite()
    })

    afterAll(() => database.drop())

    queueContract('pglite', async (options) => new PglitePlace(database.value, options))
  })
}

if (runs('full', 'AMQP_URL')) queueContract('rabbitmq', async (options) => new RabbitmqPlace(options))
