import { Gateway } from '../gateway/gateway.js'
import { fullPorts } from '../profiles/full.js'
import { toGatewayConfig } from './config.js'
import { runProgram } from './program.js'

await runProgram(
  'gateway',
  () => toGatewayConfig(process.env),
  ({ gateway, amqpUrl }, { registry, log }) => {
    // A gateway opens the queue alone.
    const ports = fullPorts({ urls: { database: '', mongodb: '', redis: '', amqp: amqpUrl }, log })
    return {
      ports,
      create: () => Promise.resolve(new Gateway(gateway, { openQueue: ports.queue, registry, log })),
    }
  },
)
