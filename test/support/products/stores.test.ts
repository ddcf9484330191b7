import { describe, expect, it } from 'vitest'
import { parseEnvFile } from './stores.js'

describe('the file of service URLs', () => {
  it('is read as a shell reads it', () => {
    const text = `DATABASE_URL='postgres://a:b@127.0.0.1:1/x'\nAMQP_URL='it'\\''s'\nREDIS_URL=redis://127.0.0.1\n`

    expect(parseEnvFile(text)).toEqual({
      DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x',
      AMQP_URL: "it's",
      REDIS_URL: 'redis://127.0.0.1',
    })
  })
})
