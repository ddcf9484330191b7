import { Redis } from 'ioredis'
import { vi } from 'vitest'
import { createLog } from '../../lib/log.js'
import type { Recent } from '../../ports/recent/recent.js'
import { openRedisRecent } from '../../ports/recent/redis/redis-recent.js'
import { freshName, serviceUrl, type Fresh } from './adapters.js'

/** The recent events of REDIS_URL under a prefix of their own, connected; empty. */
export async function freshRedisRecent(): Promise<Fresh<Recent>> {
  const prefix = `${freshName()}:`
  const log = createLog({ level: 'silent', program: 'test' })
  const recent = openRedisRecent({ url: serviceUrl('REDIS_URL'), prefix, log })
  await vi.waitFor(() => recent.ping(), { timeout: 10_000 })
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
