import type { Registry } from 'prom-client'
import { Consumer } from '../consumer/consumer.js'
import { coreServices, createCore } from '../core/core.js'
import { Gateway } from '../gateway/gateway.js'
import { orAborted } from '../lib/abort.js'
import { toAddress } from '../lib/address.js'
import { compileRules } from '../lib/grpc/rules.js'
import { Lifecycle } from '../lib/lifecycle.js'
import type { Log } from '../lib/log.js'
import { isSchemaReady } from '../ports/database/version.js'
import { embeddedPorts } from '../profiles/embedded.js'
import type { EmbeddedConfig } from './config.js'
import { readOrMakeSecret } from './secrets.js'

/** One session of PGlite does all the work, so more partitions would only make its batches smaller. */
const EMBEDDED_PARTITIONS = 2

/** Where the parts of a running product are. */
export type Places = { httpPort: number; corePort: number; consumerPort: number; serviceToken: string }

/** Core, consumer and gateway in one process, on one data folder. They meet over gRPC on loopback, exactly as between machines. */
export class EmbeddedProgram {
  readonly #config: EmbeddedConfig
  readonly #registry: Registry
  readonly #log: Log
  readonly #lifecycle = new Lifecycle()
  #places: Places | undefined

  constructor(config: EmbeddedConfig, { registry, log }: { registry: Registry; log: Log }) {
    this.#config = config
    this.#registry = registry
    this.#log = log
  }

  /** Where it can be reached; undefined before it serves. */
  get places(): Places | undefined {
    return this.#places
  }

  /** What a stop waits for now, by name. */
  get closing(): readonly string[] {
    return this.#lifecycle.closing
  }

  /** Resolves when it serves. @throws the signal's reason at once when it aborts. */
  async start(signal: AbortSignal): Promise<void> {
    const orStopped = <T>(work: Promise<T>) => orAborted(work, signal)
    const { dataDir, host } = this.#config
    const log = this.#log
    const registry = this.#registry
    const ports = this.#lifecycle.use('data folder', embeddedPorts({ dataDir, log }), (each) => each.close())
    const opening = ports.database()
    // Core would do it later on, when nothing is waited for; the database opens in a thread of its own.
    await Promise.race([opening, compileRules(coreServices)])
    const database = await orStopped(opening)
    const secrets = await orStopped(readSecrets(this.#config))
    const stores = {
      heads: await orStopped(ports.heads()),
      history: await orStopped(ports.history()),
      recent: await orStopped(ports.recent()),
      openQueue: ports.queue,
    }
    const guard = { tls: undefined, serviceToken: secrets.serviceToken }

    const core = createCore(
      {
        host,
        port: this.#config.corePort,
        ...guard,
        authSecret: secrets.authSecret,
        partitions: this.#config.partitions,
        searchLanguage: this.#config.searchLanguage,
        defaultPartitions: EMBEDDED_PARTITIONS,
      },
      { ...stores, database, log },
    )
    this.#lifecycle.use('core', core, (each) => each.stop())
    await orStopped(core.start())
    const coreAddress = { addresses: [toAddress(toDial(host), core.port)], ...guard }
    const consumer = new Consumer(
      { host, port: this.#config.consumerPort, ...guard, core: coreAddress },
      { ...stores, isSchemaReady: () => isSchemaReady(database), registry, log },
    )
    this.#lifecycle.use('consumer', consumer, (each) => each.stop())
    await orStopped(consumer.start())
    const consumers = { addresses: [toAddress(toDial(host), consumer.port)], ...guard }
    const gateway = new Gateway(
      { ...this.#config.gateway, host, port: this.#config.httpPort, core: coreAddress, consumers },
      { openQueue: ports.queue, limits: await ports.limits(), registry, log },
    )
    this.#lifecycle.use('gateway', gateway, (each) => each.stop())
    await orStopped(gateway.start())
    this.#places = {
      httpPort: gateway.port,
      corePort: core.port,
      consumerPort: consumer.port,
      serviceToken: secrets.serviceToken,
    }
  }

  /** Sends clients away, finishes what is in hand, closes the data folder. */
  stop(): Promise<void> {
    return this.#lifecycle.close()
  }
}

/** The secrets that are set, else those of the data folder. */
async function readSecrets({ dataDir, serviceToken, authSecret }: EmbeddedConfig) {
  return {
    serviceToken:
      serviceToken ??
      (await readOrMakeSecret(dataDir, { file: 'service-token', setting: 'RECADO_SERVICE_TOKEN' })),
    authSecret:
      authSecret ?? (await readOrMakeSecret(dataDir, { file: 'auth-secret', setting: 'RECADO_AUTH_SECRET' })),
  }
}

/** A host to listen on everywhere is dialled on loopback. */
function toDial(host: string): string {
  if (host === '::') return '::1'
  return host === '0.0.0.0' ? '127.0.0.1' : host
}
