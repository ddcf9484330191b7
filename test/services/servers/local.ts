import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answers } from '../answers.js'
import type { ServiceName } from '../names.js'
import type { Packages } from '../system/packages.js'
import { endServer, isRunning, logTail, spawnServer, type Launch, type Server } from './process.js'
import type { Start } from './place.js'
import { startMongodb } from './mongodb.js'
import { startPostgres } from './postgres.js'
import { startRabbitmq } from './rabbitmq.js'
import { startRedis } from './redis.js'
import type { LocalService, State } from '../state.js'
import { until } from '../system/wait.js'

const starts: Record<ServiceName, Start> = {
  postgres: startPostgres,
  mongodb: startMongodb,
  redis: startRedis,
  rabbitmq: startRabbitmq,
}

/**
 * Starts a service from this machine's programs, in a new temporary folder, and resolves to its URL.
 * @throws Error that says why it cannot be had; nothing of it is left then.
 */
export async function startLocal(
  name: ServiceName,
  state: State,
  packages: Packages,
  say: (line: string) => void,
): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), `recado-${name}-`))
  const service: LocalService = { kind: 'local', url: '', dataDir, servers: [] }
  state.set(name, service)
  const launch = (next: Launch) => launchServer(service, service.servers.length, next, state)
  try {
    await chmod(dataDir, 0o711) // servers of other accounts pass through to their own folders
    service.url = await starts[name]({ dataDir, packages, say, launch })
    state.save()
    return service.url
  } catch (error) {
    await discardLocal(name, service, state)
    throw error
  }
}

/** Starts what has died of a service, or hangs, again on the same ports and data. */
export async function reviveLocal(service: LocalService, state: State): Promise<void> {
  for (const [index, server] of service.servers.entries()) {
    if ((await becomesReady(server)) === 'ready') continue
    await endServer(server, 'SIGKILL')
    await launchServer(service, index, server, state)
  }
}

/** Ends a service and removes all that it kept. */
export async function discardLocal(name: ServiceName, service: LocalService, state: State): Promise<void> {
  for (const server of [...service.servers].reverse()) await endServer(server)
  await rm(service.dataDir, { recursive: true, force: true, maxRetries: 5 })
  state.delete(name)
}

// Starts a server in the place `index` of its service's and resolves when it answers; if it does not, it is ended.
async function launchServer(
  service: LocalService,
  index: number,
  launch: Launch,
  state: State,
): Promise<void> {
  const server = await spawnServer(launch)
  service.servers[index] = server
  state.save()
  const outcome = await becomesReady(server)
  if (outcome === 'ready') return
  await endServer(server, 'SIGKILL')
  const why =
    outcome === 'ended' ? 'ended at its start' : `did not answer within ${server.startWithinMs / 1000} s`
  throw new Error(`${server.name} ${why}; its log ends with:${logTail(server)}`)
}

async function becomesReady(server: Server): Promise<'ready' | 'ended' | 'late'> {
  const isSettled = async () => !isRunning(server) || (await answers(server.name, server.url))
  const inTime = await until(isSettled, server.startWithinMs)
  if (!isRunning(server)) return 'ended'
  return inTime ? 'ready' : 'late'
}
