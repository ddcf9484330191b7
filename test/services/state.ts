import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerName, ServiceName } from './names.js'
import { serviceOf } from './names.js'
import { stateDir } from './paths.js'
import type { Server } from './servers/process.js'

/** A service that runs as processes of this machine, in the order in which they are started. */
export type LocalService = {
  kind: 'local'
  /** Empty until the service is up for the first time. */
  url: string
  /** The temporary folder with all that it keeps. */
  dataDir: string
  servers: Server[]
}

/** A service that runs in a container, on this port of 127.0.0.1. */
export type DockerService = { kind: 'docker'; url: string; port: number }

type Services = Partial<Record<ServiceName, LocalService | DockerService>>

const stateFile = join(stateDir, 'state.json')

/** What we have started, kept on disk from before each start, so that nothing is forgotten when we are killed. */
export class State {
  readonly #services: Services

  private constructor(services: Services) {
    this.#services = services
  }

  /** The state on disk, empty when there is none. To be called, and changed, by the holder of the lock. */
  static read(): State {
    try {
      return new State(JSON.parse(readFileSync(stateFile, 'utf8')) as Services)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new State({})
      throw new Error(`${stateFile} cannot be read`, { cause: error })
    }
  }

  get(name: ServiceName): LocalService | DockerService | undefined {
    return this.#services[name]
  }

  set(name: ServiceName, service: LocalService | DockerService): void {
    this.#services[name] = service
    this.save()
  }

  delete(name: ServiceName): void {
    delete this.#services[name]
    this.save()
  }

  /** The service that runs `server` and its place among that service's servers. */
  find(server: ServerName): { service: LocalService; index: number } {
    const service = this.#services[serviceOf(server)]
    if (service?.kind === 'docker') throw new Error(`${server} runs in Docker, not as a process of ours`)
    const index = service?.servers.findIndex(({ name }) => name === server) ?? -1
    if (!service || index < 0) throw new Error(`${server} was not started by \`npm run services\``)
    return { service, index }
  }

  /** Writes what has changed in a service; whole, or not at all. Only our user can read it: it holds passwords. */
  save(): void {
    mkdirSync(stateDir, { recursive: true })
    if (Object.keys(this.#services).length === 0) return rmSync(stateFile, { force: true })
    const unfinished = `${stateFile}.${process.pid}`
    writeFileSync(unfinished, JSON.stringify(this.#services, null, 2), { mode: 0o600 })
    renameSync(unfinished, stateFile)
  }
}
