import { Gateway } from '../gateway/gateway.js'
import { fullPorts } from '../profiles/full.js'
import { toGatewayConfig } from './config.js'
import { runProgram } from './program.js'

await runProgram(
  'gateway',
  () => toGatewayConfig(process.env),
  ({ gateway, urls }, { registry, log }) => {
    // A gateway opens the queue and the limits alone.
    const ports = fullPorts({ urls: { database: '', mongodb: '', ...urls }, log })
    return {
      ports,
      create: async () =>
        new Gateway(gateway, { openQueue: ports.queue, limits: await ports.limits(), registry, log }),
    }
  },
)
