import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import type { Account } from '../system/command.js'
import { tail } from '../system/command.js'
import type { ServerName } from '../names.js'
import { familyOf, readProcesses, type ProcessEntry } from '../system/process-table.js'
import { until } from '../system/wait.js'

/** All that is needed to start a server, now and again later. */
export type Launch = {
  name: ServerName
  command: string
  args: string[]
  /** Its environment, beside PATH, HOME and the language: what our user has set must not change the server. */
  env: Record<string, string>
  account?: Account | undefined
  /** Its working folder. */
  dataDir: string
  logFile: string
  /** Where it answers once it is up. */
  url: string
  /** Asks it to end and to take nothing new. */
  stopSignal: 'SIGTERM' | 'SIGINT'
  /** It has failed when it does not answer after this time. */
  startWithinMs: number
}

/** A launched server; it may have died since. */
export type Server = Launch & { pid: number; startedAt: string }

/** How long a server may take to end before it is killed. */
const stopWithinMs = 15_000

/** Starts a server in a session of its own, so that it outlives us and our shell. It does not answer yet. */
export async function spawnServer(launch: Launch): Promise<Server> {
  const log = openSync(launch.logFile, 'a')
  try {
    const { PATH = '', HOME = '', LANG = 'C' } = process.env
    const child = spawn(launch.command, launch.args, {
      cwd: launch.dataDir,
      env: { PATH, HOME, LANG, ...launch.env },
      detached: true,
      stdio: ['ignore', log, log],
      ...launch.account,
    })
    await once(child, 'spawn')
    child.unref()
    const { pid } = child
    if (pid === undefined) throw new Error(`${launch.command} has no process`)
    return { ...launch, pid, startedAt: findProcess(pid)?.startedAt ?? '' }
  } finally {
    closeSync(log)
  }
}

/** Whether the server's process, and not another that got its id, still runs. */
export function isRunning(server: Server): boolean {
  return findProcess(server.pid)?.startedAt === server.startedAt
}

/**
 * Ends a server and all its processes: by `signal`, and by force when that takes too long.
 * Resolves when they are gone; at once when they were.
 * @throws Error when they cannot be ended.
 */
export async function endServer(server: Server, signal: NodeJS.Signals = server.stopSignal): Promise<void> {
  const owner = findProcess(server.pid)
  if (owner && owner.startedAt !== server.startedAt) return
  const family = familyOf(server.pid)
  const targets = owner && signal !== 'SIGKILL' ? [owner] : family
  targets.forEach((entry) => send(entry.pid, signal))
  if (await until(() => alive(family).length === 0, stopWithinMs)) return
  alive(family).forEach((entry) => send(entry.pid, 'SIGKILL'))
  if (!(await until(() => alive(family).length === 0, stopWithinMs)))
    throw new Error(`${server.name} cannot be ended`)
}

/** The last lines that a server wrote. */
export function logTail(server: Launch): string {
  return tail(readFileSync(server.logFile, 'utf8'))
}

function findProcess(pid: number): ProcessEntry | undefined {
  return readProcesses().find((entry) => entry.pid === pid)
}

function alive(family: ProcessEntry[]): ProcessEntry[] {
  const processes = new Map(readProcesses().map((entry) => [entry.pid, entry.startedAt]))
  return family.filter((entry) => processes.get(entry.pid) === entry.startedAt)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // gone already: what was wanted
  }
}
