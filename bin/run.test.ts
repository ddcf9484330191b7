import { expect, test, vi } from 'vitest'
import { RecadoError } from '../lib/errors.js'
import { createLog } from '../lib/log.js'
import { runUntil, type Runnable } from './run.js'

const log = createLog({ level: 'silent', program: 'test' })
const never = () => new Promise<void>(() => undefined)
const done = () => Promise.resolve()
const deadlines = { servingMs: 20, startingMs: 20 }

/** Runs a program until `stop` is called; `code` is how it ended. */
function running(program: Partial<Runnable>) {
  const stopping = new AbortController()
  const steps: string[] = []
  const runnable: Runnable = {
    closing: [],
    start: program.start ?? done,
    stop: () => {
      steps.push('stop')
      return (program.stop ?? done)()
    },
  }
  const code = runUntil(stopping.signal, runnable, { log, onServing: () => steps.push('serves'), deadlines })
  return { code, steps, stop: () => stopping.abort(new Error('stopping')) }
}

test('serves until it is told to stop', async () => {
  const { code, steps, stop } = running({})
  await new Promise(setImmediate)
  expect(steps).toEqual(['serves'])
  stop()
  expect(await code).toBe(0)
  expect(steps).toEqual(['serves', 'stop'])
})

test('a start that hangs is left behind', async () => {
  const { code, steps, stop } = running({ start: never })
  stop()
  expect(await code).toBe(0)
  expect(steps).toEqual(['stop'])
})

test('a start that hangs, and cannot be closed either, is left behind too', async () => {
  const { code, stop } = running({ start: never, stop: never })
  stop()
  expect(await code).toBe(0)
})

test('a start hears the signal', async () => {
  let heard: AbortSignal | undefined
  const { code, stop } = running({ start: (signal) => ((heard = signal), never()) })
  stop()
  await code
  expect(heard?.aborted).toBe(true)
})

test('a stop that takes too long is a failure', async () => {
  const { code, stop } = running({ stop: never })
  await new Promise(setImmediate)
  stop()
  expect(await code).toBe(1)
})

test('a stop that fails is a failure', async () => {
  const { code, stop } = running({ stop: () => Promise.reject(new Error('stuck')) })
  await new Promise(setImmediate)
  stop()
  expect(await code).toBe(1)
})

test.each([
  ['unavailable', 1],
  ['invalid_argument', 2],
] as const)('a start that fails with %s stops what was started, and ends with %i', async (code, exit) => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const failing = running({ start: () => Promise.reject(new RecadoError(code, 'Port 4000 is taken.')) })
  expect(await failing.code).toBe(exit)
  expect(failing.steps).toEqual(['stop'])
  expect(stderr).toHaveBeenCalledWith('Port 4000 is taken.\n')
  stderr.mockRestore()
})
