import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { toEnvLines } from './env-file.js'

describe('services: the lines of URLs', () => {
  it('are read by a shell as they are, whatever the URL holds', () => {
    const url = `postgres://a:it's "$HOME" \\ \`id\`@127.0.0.1:1/x?y=1&z=2`

    const lines = toEnvLines({ REDIS_URL: 'redis://127.0.0.1:2', DATABASE_URL: url })

    const read = execFileSync('sh', ['-c', `${lines} printf '%s|%s' "$DATABASE_URL" "$REDIS_URL"`], {
      encoding: 'utf8',
    })
    expect(read).toBe(`${url}|redis://127.0.0.1:2`)
  })

  it('leave out what is not up', () => {
    expect(toEnvLines({ AMQP_URL: 'amqp://127.0.0.1:3' })).toBe("AMQP_URL='amqp://127.0.0.1:3'\n")
  })
})
