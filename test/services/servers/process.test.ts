import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { familyOf, readProcesses } from '../system/process-table.js'
import { until } from '../system/wait.js'
import { endServer, isRunning, logTail, spawnServer, type Launch } from './process.js'

describe('services: a server process', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'recado-process-'))
  })
  afterEach(() => rm(dataDir, { recursive: true }))

  const shell = (script: string): Launch => ({
    name: 'redis',
    command: '/bin/sh',
    args: ['-c', script],
    env: {},
    dataDir,
    logFile: join(dataDir, 'log'),
    url: 'redis://127.0.0.1:1',
    stopSignal: 'SIGTERM',
    startWithinMs: 1_000,
  })
  const countRunning = (pids: number[]) => readProcesses().filter(({ pid }) => pids.includes(pid)).length

  it('is in a session of its own and takes its descendants with it when it is killed', async () => {
    const server = await spawnServer(shell('sleep 60 & (sleep 60; true) & wait'))
    await until(() => familyOf(server.pid).length >= 4, 5_000)
    const family = familyOf(server.pid)

    await endServer(server, 'SIGKILL')

    expect(family[0]?.group).toBe(server.pid)
    expect(family.length).toBe(4)
    expect(countRunning(family.map(({ pid }) => pid))).toBe(0)
  })

  it('leaves nothing behind when it has died before', async () => {
    const server = await spawnServer(shell('sleep 60 & kill -9 $$'))
    await until(() => !isRunning(server), 5_000)
    const left = familyOf(server.pid).map(({ pid }) => pid)

    await endServer(server)

    expect(left.length).toBe(1)
    expect(countRunning(left)).toBe(0)
  })

  it('is not taken for a later process that got its id', async () => {
    const other = await spawnServer(shell('exec sleep 60'))
    const died = { ...other, startedAt: 'before' }

    expect(isRunning(died)).toBe(false)
    await endServer(died, 'SIGKILL')

    expect(isRunning(other)).toBe(true)
    await endServer(other)
    expect(isRunning(other)).toBe(false)
  })

  it('writes to its log, whose end can be told', async () => {
    const server = await spawnServer(shell('for i in $(seq 40); do echo line $i; done; echo broken >&2'))
    await until(async () => (await readFile(server.logFile, 'utf8')).includes('broken'), 5_000)

    const lines = logTail(server).split('\n')

    expect(lines.at(-1)).toBe('    broken')
    expect(lines.at(1)).toBe('    line 27')
  })
})
