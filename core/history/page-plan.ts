import type { ListMessagesRequest } from '../../gen/recado/v1/history_service.js'
import type { MessagePage } from '../../ports/history/history.js'

/** Where a page lies; undefined: the newest messages. */
export type Cursor = ListMessagesRequest['cursor']

/** One read of a page. */
export type PagePart = Omit<MessagePage, 'channelId'>

/**
 * Plans a page of `limit` messages in a channel with this head: its parts, oldest first. The first part reads away from the cursor,
 * so whether there are more is whether that part has more.
 */
export function planPage(cursor: Cursor, limit: number, headSeq: number): PagePart[] {
  switch (cursor?.$case) {
    case undefined:
      return [older(headSeq, limit)]
    case 'before':
      return [older(Math.min(cursor.value - 1, headSeq), limit)]
    case 'after':
      return [newer(cursor.value, headSeq, limit)]
    case 'around':
      return [
        older(Math.min(cursor.value, headSeq), Math.ceil(limit / 2)),
        newer(cursor.value, headSeq, Math.floor(limit / 2)),
      ]
  }
}

/** The seqs, inclusive, that hold the whole answer to `part` if each of their events is a message; empty where `first` > `last`. */
export function toWindow(part: PagePart): { first: number; last: number } {
  const [lowest, highest] = [part.after + 1, part.upTo]
  return part.pick === 'newest'
    ? { first: Math.max(lowest, highest - part.limit + 1), last: highest }
    : { first: lowest, last: Math.min(highest, part.after + part.limit) }
}

/**
 * Cuts a part that was read with one more than its limit down to it, and to `maxBytes`, away from the cursor; one item stays in any
 * case. Tells whether there was more.
 */
export function cut<T>(
  read: readonly T[],
  { limit, pick }: Pick<PagePart, 'limit' | 'pick'>,
  { maxBytes, sizeOf }: { maxBytes: number; sizeOf: (item: T) => number },
): { items: T[]; hasMore: boolean } {
  const outward = pick === 'newest' ? [...read].reverse() : read
  let bytes = 0
  const fitting = outward.findIndex((item, index) => (bytes += sizeOf(item)) > maxBytes && index > 0)
  const count = Math.min(limit, fitting === -1 ? read.length : fitting)
  const items = pick === 'newest' ? read.slice(read.length - count) : read.slice(0, count)
  return { items, hasMore: count < read.length }
}

function older(upTo: number, limit: number): PagePart {
  return { after: 0, upTo, limit, pick: 'newest' }
}

function newer(after: number, upTo: number, limit: number): PagePart {
  return { after, upTo, limit, pick: 'oldest' }
}
