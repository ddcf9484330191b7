import { readFileSync } from 'node:fs'
import { servicePids } from '../../test/services/faults.js'
import type { ServerName } from '../../test/services/names.js'
import { familyOf } from '../../test/services/system/process-table.js'

/** Linux counts CPU time in hundredths of a second, whatever its own clock. */
const microsecondsPerTick = 10_000

const servers: readonly { name: ServerName; label: string }[] = [
  { name: 'postgres', label: 'PostgreSQL' },
  { name: 'mongodb', label: 'MongoDB or its stand-in' },
  { name: 'mongodb-postgres', label: "the stand-in's PostgreSQL" },
  { name: 'redis', label: 'Redis' },
  { name: 'rabbitmq', label: 'RabbitMQ' },
]

/** CPU time by whose it is, in microseconds. */
export type CpuTimes = ReadonlyMap<string, number>

/** The label of this process among the CPU times. */
export const loadLabel = 'this load'

/**
 * The CPU time used so far by each program, with all that it started, by each server of the full profile that
 * `npm run services` started here, and by this process.
 */
export function readCpu(programs: Readonly<Record<string, number>>, withServers: boolean): CpuTimes {
  const times = new Map<string, number>()
  for (const [name, pid] of Object.entries(programs))
    times.set(name, sum(familyOf(pid).map((entry) => entry.pid)))
  for (const { name, label } of withServers ? servers : []) {
    const pids = localPids(name)
    if (pids) times.set(label, sum(pids))
  }
  const { user, system } = process.cpuUsage()
  return times.set(loadLabel, user + system)
}

/** What was used between two readings, per message. */
export function cpuPerMessage(before: CpuTimes, after: CpuTimes, messages: number): CpuTimes {
  return new Map([...after].map(([name, time]) => [name, (time - (before.get(name) ?? 0)) / messages]))
}

/** The processes of a server; nothing when it is not one that runs here. */
function localPids(name: ServerName): number[] | undefined {
  try {
    return servicePids(name)
  } catch {
    return undefined
  }
}

function sum(pids: readonly number[]): number {
  return pids.reduce((total, pid) => total + cpuOf(pid), 0)
}

/** Of a process and of its children that have ended, in microseconds. */
function cpuOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The program's name, in brackets, may hold anything; the fields after it are counted from the third.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0)
    return ticks * microsecondsPerTick
  } catch {
    return 0 // it ended meanwhile: its parent has its time
  }
}
