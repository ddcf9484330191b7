import { createCore } from '../core/core.js'
import { fullPorts } from '../profiles/full.js'
import { toCoreConfig } from './config.js'
import { runProgram } from './program.js'

await runProgram(
  'core',
  () => toCoreConfig(process.env),
  ({ core, urls }, { log }) => {
    const ports = fullPorts({ urls, log })
    const create = async () => {
      const [database, heads, history, recent] = await Promise.all([
        ports.database(),
        ports.heads(),
        ports.history(),
        ports.recent(),
      ])
      return createCore(core, { database, heads, history, recent, openQueue: ports.queue, log })
    }
    return { ports, create }
  },
)
