import { collectDefaultMetrics, Registry } from 'prom-client'
import { orAborted } from '../lib/abort.js'
import { Lifecycle } from '../lib/lifecycle.js'
import { openLog, type Log } from '../lib/log.js'
import type { Ports } from '../profiles/profile.js'
import type { CommonConfig } from './config.js'
import { MetricsServer } from './metrics-server.js'
import { fail, run } from './run.js'

/** What one of the three programs is. */
export type Program = {
  /** Resolves when it serves; rejects soon after {@link stop} is called before. */
  start(): Promise<void>
  stop(): Promise<void>
  isReady(): Promise<boolean>
}

/** How often the delay of the event loop is looked at, in milliseconds: each look wakes the process. */
export const LOOP_PRECISION_MS = 100

/** What a program is made with. */
export type Surroundings = { registry: Registry; log: Log }

/** Runs one program apart, on the full profile. */
export async function runProgram<Config extends CommonConfig>(
  name: string,
  readConfig: () => Config,
  open: (config: Config, surroundings: Surroundings) => { ports: Ports; create: () => Promise<Program> },
): Promise<void> {
  try {
    const config = readConfig()
    const log = await openLog({ level: config.logLevel ?? 'info', program: name })
    const registry = new Registry()
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_PRECISION_MS })
    const { ports, create } = open(config, { registry, log })
    await run(new Apart(name, config, { registry, log }, ports, create), log)
  } catch (error) {
    process.exitCode = fail(error)
  }
}

/** A program with its ports and its health, started and stopped together. */
class Apart {
  readonly #lifecycle = new Lifecycle()
  readonly #name: string
  readonly #config: CommonConfig
  readonly #surroundings: Surroundings
  readonly #ports: Ports
  readonly #create: () => Promise<Program>

  constructor(
    name: string,
    config: CommonConfig,
    surroundings: Surroundings,
    ports: Ports,
    create: () => Promise<Program>,
  ) {
    this.#name = name
    this.#config = config
    this.#surroundings = surroundings
    this.#ports = ports
    this.#create = create
  }

  get closing(): readonly string[] {
    return this.#lifecycle.closing
  }

  async start(signal: AbortSignal): Promise<void> {
    const { host, metricsPort } = this.#config
    const { registry, log } = this.#surroundings
    this.#lifecycle.use('ports', this.#ports, (ports) => ports.close())
    const program = await orAborted(this.#create(), signal)
    this.#lifecycle.use(this.#name, program, (each) => each.stop())
    if (metricsPort !== undefined) {
      const metrics = new MetricsServer({ registry, isReady: () => program.isReady() })
      this.#lifecycle.use('metrics', metrics, (each) => each.stop())
      await orAborted(metrics.start(host, metricsPort), signal)
    }
    await orAborted(program.start(), signal)
    log.info('serving')
  }

  stop(): Promise<void> {
    return this.#lifecycle.close()
  }
}
