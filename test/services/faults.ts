import { composeStop } from './docker/compose.js'
import { reviveInDocker } from './docker/containers.js'
import { reviveLocal } from './servers/local.js'
import { withLock } from './system/lock.js'
import { serviceOf, type ServerName } from './names.js'
import { endServer } from './servers/process.js'
import { familyOf } from './system/process-table.js'
import { stateDir } from './paths.js'
import { State } from './state.js'

/** How a server is ended: asked to, or killed with all its processes, as in a crash. */
export type HowToEnd = 'SIGTERM' | 'SIGKILL'

/** The id of a server's process; what it started itself are that process's descendants. @throws Error if it is not ours. */
export function servicePid(name: ServerName): number {
  const { service, index } = State.read().find(name)
  return service.servers[index]?.pid ?? 0
}

/** The ids of a server's process and of everything that it started: what its CPU time is summed over. */
export function servicePids(name: ServerName): number[] {
  return familyOf(servicePid(name)).map(({ pid }) => pid)
}

/** Ends a server and resolves when it is gone; its port and data stay its own until {@link resumeServer}. */
export function haltServer(name: ServerName, how: HowToEnd = 'SIGTERM'): Promise<void> {
  return withState(async (state) => {
    if (state.get(serviceOf(name))?.kind === 'docker') return composeStop(serviceOf(name), how)
    const { service, index } = state.find(name)
    const server = service.servers[index]
    if (server) await endServer(server, how === 'SIGKILL' ? how : server.stopSignal)
  })
}

/** Starts a halted server on the same port and data and resolves when it answers; at once if it runs. */
export function resumeServer(name: ServerName): Promise<void> {
  return withState(async (state) => {
    const service = state.get(serviceOf(name))
    if (service?.kind === 'docker') return reviveInDocker(serviceOf(name), service, state)
    await reviveLocal(state.find(name).service, state)
  })
}

/** Ends RabbitMQ and starts it again on the same port and data; resolves when it answers. */
export async function restartRabbitmq(how: HowToEnd = 'SIGTERM'): Promise<void> {
  await haltServer('rabbitmq', how)
  await resumeServer('rabbitmq')
}

function withState<T>(work: (state: State) => Promise<T>): Promise<T> {
  return withLock(
    () => work(State.read()),
    stateDir,
    () => undefined,
  )
}
