import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { createLog } from '../../lib/log.js'
import type { Recent } from '../../ports/recent/recent.js'
import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import { openRedisRecent } from '../../ports/recent/redis/redis-recent.js'
import { freshName, runs, serviceUrl, type Fresh } from '../support/adapters.js'
import { recentContract } from './recent.contract.js'

if (runs('embedded')) {
  recentContract('memory', async () => {
    const recent = new MemoryRecent()
    return { value: recent, drop: () => recent.close() }
  })
}

if (runs('full', 'REDIS_URL')) recentContract('redis', freshRedis)

async function freshRedis(): Promise<Fresh<Recent>> {
  const prefix = `${freshName()}:`
  const log = createLog({ level: 'silent', program: 'test' })
  const recent = openRedisRecent({ url: serviceUrl('REDIS_URL'), prefix, log })
  await expect
    .poll(
      () =>
        recent.ping().then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(true)
  return {
    value: recent,
    drop: async () => {
      await recent.close()
      const redis = new Redis(serviceUrl('REDIS_URL'))
      const keys = await redis.keys(`${prefix}*`)
      if (keys.length > 0) await redis.del(keys)
      redis.disconnect()
    },
  }
}
