import { Consumer } from '../consumer/consumer.js'
import { fullPorts } from '../profiles/full.js'
import { toConsumerConfig } from './config.js'
import { runProgram } from './program.js'

await runProgram(
  'consumer',
  () => toConsumerConfig(process.env),
  ({ consumer, urls }, { registry, log }) => {
    const ports = fullPorts({ urls, log })
    const create = async () => {
      const [heads, history, recent] = await Promise.all([ports.heads(), ports.history(), ports.recent()])
      return new Consumer(consumer, { heads, history, recent, openQueue: ports.queue, registry, log })
    }
    return { ports, create }
  },
)
