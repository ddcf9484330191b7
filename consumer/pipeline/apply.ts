import { changedBy } from '../../contract/folding.js'
import { loadSequences, type Entry } from './entry.js'
import type { MessageStates } from './message-states.js'

/**
 * Applies the changes among the entries' events to the documents of their messages: before the head is raised, so that nobody reads a
 * head and not what is below it. `states` are the messages that the batch has read already.
 */
export async function apply(entries: readonly Entry[], states: MessageStates): Promise<void> {
  const changing = entries.filter(({ event }) => event && changedBy(event) !== undefined)
  if (changing.length === 0) return
  // A repeat is found without its channel: what stands before it in the log, and was never applied, is applied with that.
  await loadSequences(changing)
  await states.follow(changing.flatMap(({ event }) => event ?? []))
  await states.apply()
}
