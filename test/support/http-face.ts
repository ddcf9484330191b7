import { Registry } from 'prom-client'
import { toEmbeddedConfig } from '../../bin/config.js'
import { EmbeddedProgram, type Places } from '../../bin/embedded-program.js'
import { createCoreClients } from '../../gateway/core-clients.js'
import { httpDefaults, type HttpConfig } from '../../gateway/http/config.js'
import { Listener } from '../../gateway/http/listener.js'
import { RequestsInHand } from '../../gateway/http/requests/requests-in-hand.js'
import { createHttpAnswers } from '../../gateway/http/server.js'
import { GatewayLimits, limitDefaults, type LimitsConfig } from '../../gateway/limits.js'
import type { ChangeMessage, SendMessage } from '../../gateway/sending/send-message.js'
import type { OriginRule } from '../../lib/origins.js'
import { createLog } from '../../lib/log.js'
import { MemoryLimits } from '../../ports/limits/memory/memory-limits.js'
import type { Fresh } from './adapters.js'
import { freshPgliteDir } from './pglite-template.js'

/** A running product, as HTTP clients reach it. */
export type HttpFace = { url: string; places: Places }

/** The whole embedded product on a folder of its own, without limits of rate. */
export async function startHttpFace(): Promise<Fresh<HttpFace>> {
  const dir = await freshPgliteDir()
  const config = toEmbeddedConfig({
    RECADO_DATA_DIR: dir.value,
    RECADO_HTTP_PORT: '0',
    RECADO_CORE_PORT: '0',
    RECADO_CONSUMER_PORT: '0',
    RECADO_PARTITIONS: '2',
    RECADO_SIGNUPS_PER_MINUTE: '0',
    RECADO_MESSAGES_PER_SECOND: '0',
  })
  const program = new EmbeddedProgram(config, { registry: new Registry(), log: silent() })
  await program.start(new AbortController().signal)
  const places = program.places as Places
  const drop = async () => {
    await program.stop()
    await dir.drop()
  }
  return { value: { url: `http://127.0.0.1:${places.httpPort}`, places }, drop }
}

/** What another HTTP server on the same core does otherwise. */
export type HttpVariant = {
  config?: Partial<HttpConfig>
  limits?: Partial<LimitsConfig>
  origins?: OriginRule
  send?: SendMessage
  change?: ChangeMessage
  isReady?: () => boolean
  coreAddress?: string
  serviceToken?: string
}

/** Another HTTP server on the core of `places`; without `send`, nothing can be sent by it. */
export async function startHttpVariant(places: Places, variant: HttpVariant): Promise<Fresh<string>> {
  const coreClients = createCoreClients({
    addresses: [variant.coreAddress ?? `127.0.0.1:${places.corePort}`],
    tls: undefined,
    serviceToken: variant.serviceToken ?? places.serviceToken,
  })
  const config = { ...httpDefaults, ...variant.config }
  const registry = new Registry()
  const request = await createHttpAnswers({
    config,
    origins: variant.origins ?? 'host',
    coreClients,
    limits: new GatewayLimits(new MemoryLimits(), { ...limitDefaults, ...variant.limits }),
    recipients: { channelOf: () => Promise.reject(new Error('nobody is written to here')) },
    send: variant.send ?? (() => Promise.reject(new Error('nothing is sent here'))),
    change: variant.change ?? (() => Promise.reject(new Error('nothing is changed here'))),
    registry,
    requestsInHand: new RequestsInHand(registry, config.maxRequestsInHand),
    isReady: variant.isReady ?? (() => true),
    log: silent(),
  })
  const listener = new Listener(config, { request, upgrade: (_request, socket) => socket.destroy() })
  await listener.listen('127.0.0.1', 0)
  const url = `http://127.0.0.1:${listener.port}`
  const drop = async () => {
    await listener.close()
    coreClients.close()
  }
  return { value: url, drop }
}

const silent = () => createLog({ level: 'silent', program: 'test' })
