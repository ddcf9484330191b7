import { isId, toEventKey } from '../../contract/ids.js'
import { replyNotFound, toRefusal } from '../../contract/refusals.js'
import type { EventKey, History } from '../../ports/history/history.js'
import type { Entry } from './entry.js'

/**
 * Finds out whether what entries answer is in the log where core could not, with one read for all, and refuses those that answer
 * nothing. The log takes as long as it takes: without it nothing could be stored either.
 * @throws `unavailable` while it does not answer.
 */
export async function checkReplies(entries: readonly Entry[], history: History): Promise<void> {
  const unchecked = entries.filter(isUnchecked)
  if (unchecked.length === 0) return
  const targets = new Map(unchecked.map(targetOf).filter(([, { id }]) => isId(id)))
  const found = await history.find([...targets.values()])
  const there = new Set(found.map(toEventKey))
  for (const entry of unchecked) {
    if (there.has(targetOf(entry)[0])) {
      entry.isReplyThere = true
    } else {
      delete entry.permission
      entry.refusal = toRefusal(replyNotFound())
    }
  }
}

function isUnchecked({ event, permission, isReplyThere }: Entry): boolean {
  return !event && !isReplyThere && permission?.replyToUnchecked === true
}

function targetOf({ payload: { channelId, replyTo = '' } }: Entry): [string, EventKey] {
  const key = { channelId, id: replyTo }
  return [toEventKey(key), key]
}
