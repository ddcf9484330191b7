import { LRUCache } from 'lru-cache'
import { RecadoError } from '../../lib/errors.js'
import type { Accepted, Draft, Sender } from './sender.js'

/** Users whose pace is kept in mind; one who was forgotten starts afresh. */
const MAX_USERS = 100_000

type Bucket = { tokens: number; filledAt: number }

/**
 * Limits how many messages a user may hand in through this gateway: `perSecond` on average, as many at once after a pause of a second.
 * Beyond it `resource_exhausted` with the time to wait. 0: no limit.
 */
export function limitSends(sender: Sender, perSecond: number): Sender {
  if (perSecond === 0) return sender
  const buckets = new LRUCache<string, Bucket>({ max: MAX_USERS })
  return {
    async send(draft: Draft): Promise<Accepted> {
      takeToken(buckets, draft.senderId, perSecond)
      return sender.send(draft)
    },
  }
}

function takeToken(buckets: LRUCache<string, Bucket>, userId: string, perSecond: number): void {
  const now = performance.now()
  const bucket = buckets.get(userId) ?? { tokens: perSecond, filledAt: now }
  bucket.tokens = Math.min(perSecond, bucket.tokens + ((now - bucket.filledAt) / 1_000) * perSecond)
  bucket.filledAt = now
  buckets.set(userId, bucket)
  if (bucket.tokens < 1) {
    const retryAfterMs = Math.ceil(((1 - bucket.tokens) / perSecond) * 1_000)
    throw new RecadoError(
      'resource_exhausted',
      `You are sending faster than ${perSecond} messages a second. Wait a moment.`,
      { retryAfterMs },
    )
  }
  bucket.tokens -= 1
}
