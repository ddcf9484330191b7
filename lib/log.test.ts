import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLog, toPeople } from './log.js'

/** What is written, as text. */
function collector() {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  return { stream, text: () => text }
}

test('JSON lines, below the level nothing, secrets left out', () => {
  const { stream, text } = collector()
  const log = createLog({ level: 'info', program: 'core' }, stream)
  log.debug('unheard')
  log.info({ token: 'geheim', request: { password: 'geheim' }, userId: 'u' }, 'signed in')
  expect(JSON.parse(text())).toMatchObject({
    program: 'core',
    msg: 'signed in',
    userId: 'u',
    token: '[secret]',
    request: { password: '[secret]' },
  })
})

test('people read what happened first, and no braces', async () => {
  const { stream, text } = collector()
  const log = createLog(
    { level: 'info', program: 'core' },
    await toPeople({ colorize: false, destination: stream }),
  )
  log.warn({ dependency: 'PostgreSQL (DATABASE_URL)', password: 'geheim' }, 'away')
  expect(text()).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: away\n {4}dependency: "PostgreSQL \(DATABASE_URL\)"\n/)
  expect(text()).not.toContain('geheim')
})
