import { Consumer } from '../consumer/consumer.js'
import { isSchemaReady } from '../ports/database/version.js'
import { fullPorts } from '../profiles/full.js'
import { toConsumerConfig } from './config.js'
import { runProgram } from './program.js'

await runProgram(
  'consumer',
  () => toConsumerConfig(process.env),
  ({ consumer, urls }, { registry, log }) => {
    const ports = fullPorts({ urls, log })
    const create = async () => {
      const [database, heads, history, recent] = await Promise.all([
        ports.database(),
        ports.heads(),
        ports.history(),
        ports.recent(),
      ])
      const stores = { heads, history, recent, openQueue: ports.queue }
      return new Consumer(consumer, {
        ...stores,
        isSchemaReady: () => isSchemaReady(database),
        registry,
        log,
      })
    }
    return { ports, create }
  },
)
