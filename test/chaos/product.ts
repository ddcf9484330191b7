import { setTimeout as delay } from 'node:timers/promises'
import { haltServer, resumeServer, servicePids } from '../services/faults.js'
import type { ServerName } from '../services/names.js'
import { FaultProxy } from '../support/fault-proxy.js'
import type { Env } from '../support/products/program.js'
import { startEmbedded, startFull, type Profile, type RunningServer } from '../support/products/programs.js'
import type { Fault } from './faults.js'

/** Ends a fault; resolves when what was hurt may work again. */
export type EndFault = () => Promise<void>

const storeLinks = {
  postgres: 'DATABASE_URL',
  mongodb: 'MONGODB_URL',
  redis: 'REDIS_URL',
  rabbitmq: 'AMQP_URL',
}

/** A whole product whose processes can be hurt, and whose links can, for a proxy stands on each. */
export class Product {
  readonly profile: Profile
  readonly #server: RunningServer
  readonly #links: Links
  readonly #url: string
  readonly #env: Env

  private constructor(profile: Profile, server: RunningServer, links: Links, url: string, env: Env) {
    this.profile = profile
    this.#server = server
    this.#links = links
    this.#url = url
    this.#env = env
  }

  /** Starts one: embedded, or a gateway, two cores and two consumers on the servers at hand. */
  static async start(profile: Profile): Promise<Product> {
    const links = new Links()
    try {
      const behind = (env: Env) => links.before(env)
      const server = await (profile === 'embedded'
        ? startEmbedded()
        : startFull({ cores: 2, consumers: 2, behind }))
      const url = await links.add('gateway', server.url)
      const env = profile === 'embedded' ? await links.before(ofEmbedded(server.env)) : server.env
      return new Product(profile, server, links, url, env)
    } catch (error) {
      await links.close()
      throw error
    }
  }

  /** Its HTTP and WebSocket face, behind the link `gateway`. */
  get url(): string {
    return this.#url
  }

  /** The same face with no link before it. */
  get directUrl(): string {
    return this.#server.url
  }

  /** The settings of its programs, with the links in them. */
  get env(): Env {
    return this.#env
  }

  /** Begins a fault. @throws Error when its target is not here, or is not ours to hurt. */
  async begin({ verb, target }: Fault): Promise<EndFault> {
    if (verb === 'kill') return this.#kill(target)
    if (verb === 'freeze') return this.#freeze(target)
    const proxies = this.#links.on(target)
    for (const proxy of proxies) {
      if (verb === 'cut') proxy.goAway()
      else if (verb === 'stall') proxy.stall()
      else proxy.freeze()
    }
    // Half-open connections stay so for ever; new ones are good at once.
    return async () => proxies.forEach((proxy) => proxy.comeBack())
  }

  /** Stops it and removes what it kept. */
  async stop(): Promise<void> {
    await this.#server.stop()
    await this.#links.close()
  }

  async #kill(target: string): Promise<EndFault> {
    const pid = this.#server.pids[target]
    if (pid === undefined) {
      await haltServer(target as ServerName, 'SIGKILL')
      return () => resumeServer(target as ServerName)
    }
    process.kill(pid, 'SIGKILL')
    return () => this.#server.restart(target)
  }

  #freeze(target: string): Promise<EndFault> {
    const own = this.#server.pids[target]
    const pids = own === undefined ? servicePids(target as ServerName) : [own]
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    return Promise.resolve(async () => {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
      await delay(0)
    })
  }
}

/** The proxies by the name of the link that they stand on. */
class Links {
  readonly #proxies = new Map<string, FaultProxy[]>()

  /** Puts a proxy before a URL; returns the URL to use instead. */
  async add(name: string, url: string): Promise<string> {
    const before = await FaultProxy.before(url)
    this.#proxies.set(name, [...(this.#proxies.get(name) ?? []), before.proxy])
    return before.url.replace(/\/$/, '')
  }

  /** Puts proxies before everything that these settings name. */
  async before(env: Env): Promise<Env> {
    const changed = { ...env }
    for (const [link, name] of Object.entries(storeLinks)) {
      if (env[name] !== undefined) changed[name] = await this.add(link, env[name])
    }
    for (const [link, name] of Object.entries({
      core: 'RECADO_CORE_URLS',
      consumer: 'RECADO_CONSUMER_URLS',
    })) {
      const addresses = env[name]?.split(',') ?? []
      const proxied = addresses.map(async (address) =>
        (await this.add(link, `tcp://${address}`)).slice('tcp://'.length),
      )
      if (addresses.length > 0) changed[name] = (await Promise.all(proxied)).join(',')
    }
    return changed
  }

  on(name: string): FaultProxy[] {
    const proxies = this.#proxies.get(name)
    if (!proxies) throw new Error(`there is no link to ${name}`)
    return proxies
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].flat().map((proxy) => proxy.close()))
  }
}

/** Embedded, the programs meet where no proxy can stand; clients of gRPC come through one. */
function ofEmbedded(env: Env): Env {
  return { ...env, RECADO_CORE_URLS: `127.0.0.1:${env.RECADO_CORE_PORT}` }
}
