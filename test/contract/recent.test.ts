import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import { runs } from '../support/adapters.js'
import { freshRedisRecent } from '../support/recents.js'
import { recentContract } from './recent.contract.js'

if (runs('embedded')) {
  recentContract('memory', async () => {
    const recent = new MemoryRecent()
    return { value: recent, drop: () => recent.close() }
  })
}

if (runs('full', 'REDIS_URL')) recentContract('redis', freshRedisRecent)
