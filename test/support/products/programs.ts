import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Program, type Env } from './program.js'
import { freshStores } from './stores.js'
import { onSignal } from './signals.js'
import { freePort } from '../../services/system/ports.js'

/** How the product runs: all in one process, or each program apart on real servers. */
export type Profile = 'embedded' | 'full'

/** A server that was started for a run. */
export type RunningServer = {
  /** Its HTTP and WebSocket face, as `http://host:port`. */
  url: string
  /** The settings that its programs share. */
  env: Env
  /** The process id of each program by its name: `embedded`, or `gateway`, `core`, `consumer-1` and so on. */
  readonly pids: Record<string, number>
  /** Starts a program that was killed again; resolves when the product is ready. */
  restart: (name: string) => Promise<void>
  /** Tells all programs at once to stop; resolves with the exit code of each by its name, null when a signal ended it. */
  stopTogether: () => Promise<Record<string, number | null>>
  /** Stops the programs, waiting until each has drained, and removes what they kept. A signal to this process does it too. */
  stop: () => Promise<void>
}

/** How an embedded server is started. */
export type EmbeddedOptions = {
  /** Settings that differ from those for a run: free ports, no limits. */
  env?: Env
  /** A data folder that stays; default a new one that goes when the server stops. */
  dataDir?: string
}

/** How the programs are started apart. */
export type FullOptions = {
  env?: Env
  /** Default 1, as of consumers. */
  cores?: number
  consumers?: number
  /** Changes where the programs find the stores and each other, as to put proxies before them. */
  behind?: (env: Env) => Promise<Env>
}

const readyWithinMs = 90_000
const lifted: Env = { RECADO_SIGNUPS_PER_MINUTE: '0', RECADO_MESSAGES_PER_SECOND: '0' }

/** Starts the product of a profile with its defaults. */
export function startServer(profile: Profile): Promise<RunningServer> {
  return profile === 'embedded' ? startEmbedded() : startFull()
}

/** Starts gateway, core and consumer in one process and resolves when it is ready. */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'recado-run-'))
  const [http, core, consumer, metrics] = await freePorts(4)
  const env = {
    ...lifted,
    RECADO_PROFILE: 'embedded',
    RECADO_DATA_DIR: options.dataDir ?? join(folder, 'data'),
    RECADO_HOST: '127.0.0.1',
    RECADO_HTTP_PORT: `${http}`,
    RECADO_CORE_PORT: `${core}`,
    RECADO_CONSUMER_PORT: `${consumer}`,
    RECADO_METRICS_PORT: `${metrics}`,
    ...options.env,
  }
  const program = Program.start('embedded', 'embedded', env, join(folder, 'embedded.log'))
  return whenReady([program], env, () => rm(folder, { recursive: true, force: true }))
}

/** Starts one gateway, the cores and the consumers, each a process, on fresh stores; resolves when ready. */
export async function startFull(options: FullOptions = {}): Promise<RunningServer> {
  const stores = await freshStores()
  const folder = await mkdtemp(join(tmpdir(), 'recado-run-'))
  const [http = 0] = await freePorts(1)
  const cores = await instances('core', 'CORE', options.cores ?? 1)
  const consumers = await instances('consumer', 'CONSUMER', options.consumers ?? 1)
  const behind = options.behind ?? ((env: Env) => Promise.resolve(env))
  const env = await behind({
    ...lifted,
    ...stores.env,
    RECADO_PROFILE: 'full',
    RECADO_HOST: '127.0.0.1',
    RECADO_HTTP_PORT: `${http}`,
    RECADO_CORE_URLS: cores.map(({ address }) => address).join(','),
    RECADO_CONSUMER_URLS: consumers.map(({ address }) => address).join(','),
    RECADO_SERVICE_TOKEN: randomBytes(24).toString('base64url'),
    RECADO_AUTH_SECRET: randomBytes(32).toString('base64url'),
    ...options.env,
  })
  const programs = [{ name: 'gateway', entry: 'gateway', own: {} }, ...consumers, ...cores].map(
    ({ name, entry, own }) => Program.start(name, entry, { ...env, ...own }, join(folder, `${name}.log`)),
  )
  return whenReady(programs, env, async () => {
    await stores.drop()
    await rm(folder, { recursive: true, force: true })
  })
}

/** Where the instances of a program will be: `core`, or `core-1` and `core-2`; consumers always have their number. */
async function instances(entry: string, prefix: string, count: number) {
  const ports = await freePorts(2 * count)
  return ports.slice(0, count).map((port, index) => ({
    name: entry === 'core' && count === 1 ? entry : `${entry}-${index + 1}`,
    entry,
    address: `127.0.0.1:${port}`,
    own: { [`RECADO_${prefix}_PORT`]: `${port}`, RECADO_METRICS_PORT: `${ports[count + index]}` },
  }))
}

async function whenReady(programs: Program[], env: Env, remove: () => Promise<void>): Promise<RunningServer> {
  const url = `http://${env.RECADO_HOST}:${env.RECADO_HTTP_PORT}`
  const stopAll = async () => {
    // In the order of a message's way: what the gateway has accepted still finds a consumer, and that a core.
    for (const program of programs) await program.stop()
    await remove()
  }
  const ignoreSignals = onSignal(stopAll)
  const stop = () => stopAll().finally(ignoreSignals)
  try {
    await untilReady(url, programs)
  } catch (cause) {
    await stop()
    throw cause
  }
  const stopTogether = async () => {
    const codes = await Promise.all(
      programs.map(async (program) => [program.name, await program.stop()] as const),
    )
    return Object.fromEntries(codes)
  }
  const restart = async (name: string) => {
    programs.find((program) => program.name === name)?.startAgain()
    await untilReady(url, programs)
  }
  return {
    url,
    env,
    get pids() {
      return Object.fromEntries(programs.map(({ name, pid }) => [name, pid]))
    },
    restart,
    stopTogether,
    stop,
  }
}

async function untilReady(url: string, programs: readonly Program[]): Promise<void> {
  const until = performance.now() + readyWithinMs
  for (;;) {
    const isReady = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (isReady) return
    const ended = programs.find(({ isRunning }) => !isRunning)
    if (ended)
      throw new Error(`${ended.name} ended before it was ready; its log ends with:\n${ended.logTail}`)
    if (performance.now() > until) throw new Error(notReady(programs))
    await delay(100)
  }
}

function notReady(programs: readonly Program[]): string {
  const tails = programs.map(({ name, logTail }) => `--- the log of ${name} ends with:\n${logTail}`)
  return [`The server was not ready within ${readyWithinMs / 1_000} s.`, ...tails].join('\n')
}

/** Ports of 127.0.0.1 that nothing listens on now, all different. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}
