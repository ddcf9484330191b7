import { expect, test } from 'vitest'
import { Lifecycle } from './lifecycle.js'

test('closes the last opened first, each once', async () => {
  const lifecycle = new Lifecycle()
  const closed: string[] = []
  for (const name of ['first', 'second', 'third'])
    expect(lifecycle.use(name, name, (each) => closed.push(each))).toBe(name)
  await Promise.all([lifecycle.close(), lifecycle.close()])
  await lifecycle.close()
  expect(closed).toEqual(['third', 'second', 'first'])
})

test('waits for each before the next', async () => {
  const lifecycle = new Lifecycle()
  const steps: string[] = []
  lifecycle.use('database', 0, () => steps.push('database'))
  lifecycle.use('server', 0, async () => {
    await new Promise(setImmediate)
    steps.push('server')
  })
  await lifecycle.close()
  expect(steps).toEqual(['server', 'database'])
})

test('what fails is named and keeps nothing else open', async () => {
  const lifecycle = new Lifecycle()
  let isClosed = false
  lifecycle.use('database', 0, () => (isClosed = true))
  lifecycle.use('server', 0, () => {
    throw new Error('stuck')
  })
  const failure: unknown = await lifecycle.close().catch((error: unknown) => error)
  expect(isClosed).toBe(true)
  expect(failure).toMatchObject({
    errors: [{ message: 'closing server failed', cause: { message: 'stuck' } }],
  })
})

test('what is used after a close is closed at once', async () => {
  const lifecycle = new Lifecycle()
  await lifecycle.close()
  let isClosed = false
  lifecycle.use('late', 0, () => (isClosed = true))
  expect(isClosed).toBe(true)
})

test('what is used during a close is closed at once, and waited for', async () => {
  const lifecycle = new Lifecycle()
  const steps: string[] = []
  let finish = () => undefined as void
  lifecycle.use('database', 0, () => new Promise<void>((resolve) => (finish = resolve)))
  const closing = lifecycle.close().then(() => steps.push('closed'))
  lifecycle.use('late', 0, async () => {
    steps.push('late begun')
    await new Promise(setImmediate)
    steps.push('late')
  })
  expect(steps).toEqual(['late begun'])
  finish()
  await closing
  expect(steps).toEqual(['late begun', 'late', 'closed'])
})

test('tells what it waits for', async () => {
  const lifecycle = new Lifecycle()
  lifecycle.use('database', 0, () => new Promise(() => undefined))
  lifecycle.use('server', 0, () => undefined)
  void lifecycle.close()
  await new Promise(setImmediate)
  expect(lifecycle.closing).toEqual(['database'])
})
