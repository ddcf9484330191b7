import { answers } from '../answers.js'
import { composeDown, composeRemove, composeUp, composeUrl, hasDocker, type DockerPorts } from './compose.js'
import { services, type ServiceName } from '../names.js'
import { freePort } from '../system/ports.js'
import type { DockerService, State } from '../state.js'
import { until } from '../system/wait.js'

const answerWithinMs = 60_000

/**
 * Starts `names` in containers, where a Docker engine answers.
 * Resolves to those that answer; the others are to be had in another way.
 */
export async function startInDocker(
  names: ServiceName[],
  state: State,
  say: (line: string) => void,
): Promise<Map<ServiceName, string>> {
  const urls = new Map<ServiceName, string>()
  if (names.length === 0 || !(await hasDocker())) return urls
  say(`starting ${names.join(', ')} in Docker`)
  for (const name of names) {
    const port = await freePort()
    state.set(name, { kind: 'docker', port, url: composeUrl(name, port) })
  }
  try {
    await composeUp(dockerPorts(state))
    await Promise.all(names.map((name) => waitFor(name, urls, state)))
  } catch (error) {
    say(`Docker cannot be used: ${(error as Error).message}`)
  }
  await discard(
    names.filter((name) => !urls.has(name)),
    state,
  )
  return urls
}

/** Starts a container that has ended again, on the same port and data. */
export async function reviveInDocker(name: ServiceName, service: DockerService, state: State): Promise<void> {
  await composeUp(dockerPorts(state))
  const isUp = await until(() => answers(name, service.url), answerWithinMs)
  if (!isUp) throw new Error(`the container of ${name} does not answer`)
}

/** Ends all containers and removes what they kept. */
export async function discardDocker(state: State): Promise<void> {
  const names = services.map(({ name }) => name).filter((name) => state.get(name)?.kind === 'docker')
  if (names.length === 0) return
  await composeDown()
  names.forEach((name) => state.delete(name))
}

async function discard(names: ServiceName[], state: State): Promise<void> {
  if (names.length > 0) await composeRemove(names).catch(() => undefined) // it may be what failed before
  names.forEach((name) => state.delete(name))
}

async function waitFor(name: ServiceName, urls: Map<ServiceName, string>, state: State): Promise<void> {
  const url = state.get(name)?.url ?? ''
  if (await until(() => answers(name, url), answerWithinMs)) urls.set(name, url)
}

function dockerPorts(state: State): DockerPorts {
  const ports: DockerPorts = {}
  for (const { name } of services) {
    const service = state.get(name)
    if (service?.kind === 'docker') ports[name] = service.port
  }
  return ports
}
