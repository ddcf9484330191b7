import { createHash } from 'node:crypto'
import { run } from '../system/command.js'
import type { ServiceName } from '../names.js'
import { composeFile, projectDir } from '../paths.js'

/** Containers of another clone of the project are not ours. */
const composeProject = `recado-services-${createHash('sha256').update(projectDir).digest('hex').slice(0, 8)}`
const upWithinMs = 10 * 60_000
const downWithinMs = 60_000

/** The ports of 127.0.0.1 of the services that run in containers. */
export type DockerPorts = Partial<Record<ServiceName, number>>

/** Whether a Docker engine answers, and its client has Compose. Takes 5 s at most. */
export async function hasDocker(): Promise<boolean> {
  try {
    await run('docker', ['info'], { timeoutMs: 5_000 })
    await run('docker', ['compose', 'version'], { timeoutMs: 5_000 })
    return true
  } catch {
    return false // no client, no engine or no Compose: there are other ways
  }
}

/** Starts the services of `ports`, or leaves them running; resolves when their containers run, which is before they answer. */
export async function composeUp(ports: DockerPorts): Promise<void> {
  await compose(['up', '--detach', '--quiet-pull', ...Object.keys(ports)], upWithinMs, ports)
}

/** Ends one service's container, gently or by SIGKILL; `composeUp` starts it again with its data. */
export async function composeStop(name: ServiceName, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  await compose([signal === 'SIGKILL' ? 'kill' : 'stop', name], downWithinMs)
}

/** Ends the containers of `names` and removes what they kept. */
export async function composeRemove(names: ServiceName[]): Promise<void> {
  await compose(['rm', '--force', '--stop', '--volumes', ...names], downWithinMs)
}

/** Ends all containers of the project and removes what they kept. */
export async function composeDown(): Promise<void> {
  await compose(['down', '--volumes', '--remove-orphans'], downWithinMs)
}

/** The URL of a service that listens on `port`. */
export function composeUrl(name: ServiceName, port: number): string {
  const urls: Record<ServiceName, string> = {
    postgres: `postgres://postgres:recado@127.0.0.1:${port}/recado`,
    mongodb: `mongodb://127.0.0.1:${port}/recado`,
    redis: `redis://127.0.0.1:${port}`,
    rabbitmq: `amqp://guest:guest@127.0.0.1:${port}`,
  }
  return urls[name]
}

function compose(args: string[], timeoutMs: number, ports: DockerPorts = {}): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [`${name.toUpperCase()}_PORT`, String(port)]),
  )
  const target = ['compose', '--project-name', composeProject, '--file', composeFile]
  return run('docker', [...target, ...args], { timeoutMs, env })
}
