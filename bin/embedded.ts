import { resolve } from 'node:path'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { toAddress } from '../lib/address.js'
import { openLog } from '../lib/log.js'
import { toEmbeddedConfig } from './config.js'
import { EmbeddedProgram } from './embedded-program.js'
import { fail, run } from './run.js'

try {
  const config = toEmbeddedConfig(process.env)
  const log = await openLog({ level: config.logLevel ?? 'warn', program: 'recado' })
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
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

Try it:
  token=$(curl -s ${http}/users -H 'content-type: application/json' -d '{"username":"ana","password":"correct horse"}' | grep -o '"token":"[^"]*' | cut -d'"' -f4)
  channel=$(curl -s ${http}/servers -H "authorization: Bearer $token" -H 'content-type: application/json' -d '{"name":"home"}' | grep -o '"announcement_channel_id":"[^"]*' | cut -d'"' -f4)
  curl -s ${http}/messages -H "authorization: Bearer $token" -H 'content-type: application/json' -d '{"channel_id":"'$channel'","content":"Olá!"}'

`
}
