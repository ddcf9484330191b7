// A process that must end by itself: asks redis something, whether it answers or not, closes, and has nothing left to do.
import { createLog } from '../../lib/log.js'
import { openRedisRecent } from '../../ports/recent/redis/redis-recent.js'

const [, , url = '', prefix = ''] = process.argv
const recent = openRedisRecent({
  url,
  prefix,
  log: createLog({ level: 'silent', program: 'recent-visitor' }),
})
await recent.ping().catch(() => undefined)
await recent.close()
