import { rm } from 'node:fs/promises'
import { answers, assertAnswers } from './answers.js'
import { discardDocker, reviveInDocker, startInDocker } from './docker/containers.js'
import { writeEnvFile, type Urls } from './env-file.js'
import { discardLocal, reviveLocal, startLocal } from './servers/local.js'
import { withLock } from './system/lock.js'
import { services, type ServiceName } from './names.js'
import { Packages } from './system/packages.js'
import { envFile, stateDir } from './paths.js'
import { State } from './state.js'

/** What was brought up, and what could not be had, in plain words. */
export type StartedServices = { urls: Urls; missing: { name: string; why: string }[] }

type Say = (line: string) => void
type Outcome = { url: string } | { why: string }

/**
 * Brings up PostgreSQL, MongoDB, Redis and RabbitMQ and resolves when all answer: each by its URL in the environment,
 * else as an earlier run left it, else in Docker, else from this machine's programs, else from Debian's packages.
 * They outlive this process, until {@link stopServices}. Never rejects for a service that cannot be had.
 * @param say Is told about progress; stderr without it.
 */
export function startServices(say: Say = sayOnStderr): Promise<StartedServices> {
  return withLock(
    async () => {
      const outcomes = await bringUp(State.read(), say)
      const started = summarize(outcomes)
      await writeEnvFile(started.urls)
      return started
    },
    stateDir,
    () => say('waiting for another run to end'),
  )
}

/** Ends what {@link startServices} started, and only that, and removes what it kept. */
export function stopServices(say: Say = sayOnStderr): Promise<void> {
  return withLock(
    async () => {
      const state = State.read()
      const ends = services.map(async ({ name }) => {
        const service = state.get(name)
        if (service?.kind === 'local') await discardLocal(name, service, state)
      })
      const failure = (await Promise.allSettled([...ends, discardDocker(state)])).find(isRejected)
      await rm(envFile, { force: true })
      if (failure) throw failure.reason
    },
    stateDir,
    () => say('waiting for another run to end'),
  )
}

async function bringUp(state: State, say: Say): Promise<Map<ServiceName, Outcome>> {
  const outcomes = new Map<ServiceName, Outcome>()
  const absent = () => services.map(({ name }) => name).filter((name) => !outcomes.has(name))
  await Promise.all(
    services.map(async ({ name, urlName }) => {
      const outcome = await findPresent(name, process.env[urlName], state, say)
      if (outcome) outcomes.set(name, outcome)
    }),
  )
  for (const [name, url] of await startInDocker(absent(), state, say)) outcomes.set(name, { url })
  const packages = new Packages(say)
  const started = absent().map(async (name) =>
    outcomes.set(name, await startHere(name, state, packages, say)),
  )
  await Promise.all(started)
  return outcomes
}

// What the environment names is used or is at fault; it is ours only if it is what an earlier run has printed.
async function findPresent(
  name: ServiceName,
  given: string | undefined,
  state: State,
  say: Say,
): Promise<Outcome | undefined> {
  const service = state.get(name)
  if (given && given !== service?.url) return checkGiven(name, given)
  if (!service) return undefined
  if (service.url && (await answers(name, service.url))) return { url: service.url }
  if (service.url && (await revive(name, state, say))) return { url: service.url }
  if (service.kind === 'local') await discardLocal(name, service, state)
  return undefined
}

async function revive(name: ServiceName, state: State, say: Say): Promise<boolean> {
  say(`${name} does not answer any more: starting it again`)
  const service = state.get(name)
  try {
    if (service?.kind === 'docker') await reviveInDocker(name, service, state)
    if (service?.kind === 'local') await reviveLocal(service, state)
    return true
  } catch (error) {
    say(`${name} cannot go on from what it kept, so it starts anew: ${toReason(error)}`)
    return false
  }
}

async function checkGiven(name: ServiceName, url: string): Promise<Outcome> {
  try {
    await assertAnswers(name, url, 10_000)
    return { url }
  } catch (error) {
    return { why: `the URL in the environment does not answer: ${toReason(error)}` }
  }
}

async function startHere(name: ServiceName, state: State, packages: Packages, say: Say): Promise<Outcome> {
  try {
    const url = await startLocal(name, state, packages, say)
    say(`${name} answers`)
    return { url }
  } catch (error) {
    return { why: toReason(error) }
  }
}

function summarize(outcomes: Map<ServiceName, Outcome>): StartedServices {
  const started: StartedServices = { urls: {}, missing: [] }
  for (const { name, urlName, title } of services) {
    const outcome = outcomes.get(name) ?? { why: 'it was not tried' }
    if ('url' in outcome) started.urls[urlName] = outcome.url
    else started.missing.push({ name: title, why: outcome.why })
  }
  return started
}

// A name with several addresses fails with an error for each and no message of its own.
function toReason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(toReason).join(', ')
  return error instanceof Error ? error.message : String(error)
}

function isRejected(result: PromiseSettledResult<unknown>): result is PromiseRejectedResult {
  return result.status === 'rejected'
}

function sayOnStderr(line: string): void {
  process.stderr.write(`services: ${line}\n`)
}
