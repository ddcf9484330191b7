import { resolve } from 'node:path'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { toAddress } from '../lib/address.js'
import { openLog } from '../lib/log.js'
import { toEmbeddedConfig } from './config.js'
import { EmbeddedProgram } from './embedded-program.js'
import { LOOP_PRECISION_MS } from './program.js'
import { fail, run } from './run.js'

try {
  const config = toEmbeddedConfig(process.env)
  const log = await openLog({ level: config.logLevel ?? 'warn', program: 'recado' })
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_PRECISION_MS })
  const program = new EmbeddedProgram(config, { registry, log })
  await run(program, log, () => {
    if (program.places) process.stdout.write(toBanner(config.host, resolve(config.dataDir), program.places))
  })
} catch (error) {
  process.exitCode = fail(error)
}

function toBanner(
  host: string,
  dataDir: string,
  { httpPort, corePort, consumerPort }: NonNullable<EmbeddedProgram['places']>,
): string {
  const web = toAddress(host, httpPort)
  const http = `http://${web}`
  return `
Recado serves.
  page       ${http}/
  WebSocket  ws://${web}/socket/websocket
  gRPC       ${toAddress(host, corePort)} (core), ${toAddress(host, consumerPort)} (deliveries)
  data       ${dataDir}  (written without fsync: it outlives a killed process, but not a power cut)

A first message: README.md, with api=${http}

`
}
