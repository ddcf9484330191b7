import { sql } from 'kysely'
import { isId } from '../../contract/ids.js'
import { MAX_MENTIONS } from '../../contract/limits.js'
import { channelsOfWishes, grounds, toChannelPermissions, type GroundsRow } from '../rights/right-queries.js'
import { permits } from '../rights/rights.js'
import type { Handle } from '../handle.js'

/** What a text mentions. */
export type Mentions = { userIds: string[]; everyone: boolean }

/** A user, as `<@id>`; `<@everyone>` are all. */
const mentionPattern = /<@([^<>\s]+)>/g

/** No text mentions nothing at less cost. */
const MARK = '<@'

/** Who a text says it mentions: the first 50 users, each once. Whether they may see it is not known yet. */
export function toMentions(text: string): Mentions {
  if (!text.includes(MARK)) return { userIds: [], everyone: false }
  const names = new Set(Array.from(text.matchAll(mentionPattern), ([, name = '']) => name))
  const everyone = names.delete('everyone')
  return { userIds: [...names].filter(isId).slice(0, MAX_MENTIONS), everyone }
}

/** A user who is mentioned in a channel. */
type Mention = { channelId: string; userId: string }

/** Mentions that are asked about in one statement. */
const MAX_ASKED = 2_000

/** Finds which of the mentioned may view the channel, by one statement for 2,000 of them; {@link isSeenBy} tells. */
export async function findViewers(
  handle: Handle,
  mentions: readonly Mention[],
): Promise<ReadonlySet<string>> {
  const wishes = [...new Map(mentions.map((mention) => [toKey(mention), mention])).values()]
  const viewers = new Set<string>()
  for (let from = 0; from < wishes.length; from += MAX_ASKED) {
    const { rows } = await sql<GroundsRow & { user_id: string; channel_id: string }>`
      select wish.user_id, wish.channel_id, ${grounds}
      from ${channelsOfWishes(wishes.slice(from, from + MAX_ASKED))}`.execute(handle)
    for (const row of rows)
      if (permits(toChannelPermissions(row.user_id, row), 'view_channel'))
        viewers.add(toKey({ channelId: row.channel_id, userId: row.user_id }))
  }
  return viewers
}

/** Whether somebody who is mentioned is among those who may view the channel. */
export function isSeenBy(viewers: ReadonlySet<string>, mention: Mention): boolean {
  return viewers.has(toKey(mention))
}

/** No id holds U+0000, so no two mentions read alike. */
function toKey({ channelId, userId }: Mention): string {
  return `${channelId}\0${userId}`
}
