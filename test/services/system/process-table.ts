import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** A process of this machine. `startedAt` tells it from an earlier or later one of the same id; it is only to be compared. */
export type ProcessEntry = { pid: number; parent: number; group: number; startedAt: string }

/** Every process that still runs (those that have ended but were not yet taken notice of are left out). */
export function readProcesses(): ProcessEntry[] {
  return existsSync('/proc/self/stat') ? readProc() : readPs()
}

/** What is left of the process `pid` and of all that it started: its descendants and its process group. */
export function familyOf(pid: number, processes = readProcesses()): ProcessEntry[] {
  const family = new Set([pid])
  for (let size = 0; size !== family.size;) {
    size = family.size
    for (const entry of processes) {
      if (family.has(entry.parent) || entry.group === pid) family.add(entry.pid)
    }
  }
  return processes.filter((entry) => family.has(entry.pid))
}

function readProc(): ProcessEntry[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      return parseStat(Number(pid), readFileSync(`/proc/${pid}/stat`, 'utf8'))
    } catch {
      return [] // it ended while we were reading
    }
  })
}

function parseStat(pid: number, stat: string): ProcessEntry[] {
  // The program's name, in brackets, may hold spaces and brackets of its own.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group] = fields
  if (state === 'Z' || state === 'X') return []
  return [{ pid, parent: Number(parent), group: Number(group), startedAt: fields[19] ?? '' }]
}

function readPs(): ProcessEntry[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,pgid=,state=,lstart='], {
    encoding: 'utf8',
    timeout: 5_000,
  })
  return lines.split('\n').flatMap((line) => {
    const [pid, parent, group, state, ...startedAt] = line.trim().split(/\s+/)
    if (!pid || !state || state.startsWith('Z')) return []
    return [
      { pid: Number(pid), parent: Number(parent), group: Number(group), startedAt: startedAt.join(' ') },
    ]
  })
}
