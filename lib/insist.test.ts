import { expect, test } from 'vitest'
import { RecadoError } from './errors.js'
import { insist } from './insist.js'
import { createLog } from './log.js'
import { Outage } from './outage.js'

const options = (signal: AbortSignal) => ({
  signal,
  outage: new Outage({ log: createLog({ level: 'silent', program: 'test' }), name: 'core' }),
})
const never = new AbortController().signal

test('tries until it succeeds, and the outage is over then', async () => {
  const { signal, outage } = options(never)
  let tries = 0
  const attempt = async () => {
    if (++tries < 3) throw new RecadoError('unavailable', 'away')
    expect(outage.isOn).toBe(true)
    return tries
  }
  expect(await insist(attempt, { signal, outage })).toBe(3)
  expect(outage.isOn).toBe(false)
})

test('what no further try can help is thrown as it is', async () => {
  const wrong = new RecadoError('failed_precondition', 'The queue has 8 partitions.')
  const isPassing = ({ code }: RecadoError) => code === 'unavailable'
  await expect(insist(() => Promise.reject(wrong), { ...options(never), isPassing })).rejects.toBe(wrong)
})

test('an abort ends a try that hangs, and a wait', async () => {
  const stopped = new Error('stopped')
  const hanging = new AbortController()
  const { signal, outage } = options(hanging.signal)
  const hung = insist(() => new Promise(() => undefined), { signal, outage })
  const waiting = new AbortController()
  const failing = insist(() => {
    setImmediate(() => waiting.abort(stopped))
    return Promise.reject(new Error('away'))
  }, options(waiting.signal))
  hanging.abort(stopped)
  await expect(hung).rejects.toBe(stopped)
  await expect(failing).rejects.toBe(stopped)
  expect(outage.isOn).toBe(false)
})

test('nothing is tried after an abort', async () => {
  const stopped = new Error('stopped')
  let tries = 0
  const attempt = () => Promise.resolve(++tries)
  await expect(insist(attempt, options(AbortSignal.abort(stopped)))).rejects.toBe(stopped)
  expect(tries).toBe(0)
})
