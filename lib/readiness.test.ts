import { expect, test } from 'vitest'
import { allAnswer } from './readiness.js'

const answers = () => Promise.resolve()
const hangs = () => new Promise(() => undefined)

test('ready when everything answers', async () => {
  expect(await allAnswer([answers, () => Promise.resolve(true)])).toBe(true)
})

test('not ready when one fails, throws, or answers no', async () => {
  expect(await allAnswer([answers, () => Promise.reject(new Error('away'))])).toBe(false)
  expect(await allAnswer([answers, () => Promise.resolve(false)])).toBe(false)
  const throws = (): Promise<unknown> => {
    throw new Error('away')
  }
  expect(await allAnswer([throws])).toBe(false)
})

test('what hangs is not ready, and a failure is not waited for', async () => {
  expect(await allAnswer([hangs], 5)).toBe(false)
  expect(await allAnswer([hangs, () => Promise.reject(new Error('away'))], 3_600_000)).toBe(false)
})
