import type { Fields } from '../client.js'
import type { WireMessage } from '../api.js'

/** An event of a channel as a client heard it. */
export type HeardEvent = { event: string; payload: Fields }

/** A message as a client has it that follows the events. */
export type Folded = { content: string; isDeleted: boolean; marks: string[] }

/** The messages of a channel as its events leave them, by id. */
export function foldHeard(events: readonly HeardEvent[]): Map<string, Folded> {
  const messages = new Map<string, Folded>()
  for (const { event, payload } of events) {
    if (event === 'message:new') messages.set(String(payload.id), toFolded(payload as WireMessage))
    else change(messages, { event, payload })
  }
  return messages
}

/** A message of history in the same form. */
export function toFolded({ content, deleted_at, reactions = [] }: WireMessage): Folded {
  const marks = reactions.flatMap((each) => each.user_ids.map((user) => `${each.emoji} ${user}`))
  return { content, isDeleted: deleted_at !== undefined, marks }
}

function change(messages: Map<string, Folded>, { event, payload }: HeardEvent): void {
  const { message } = payload as { message?: WireMessage }
  const known = messages.get(String(message?.id ?? payload.id))
  if (!known) return
  const mark = `${String(payload.emoji)} ${String(payload.user_id)}`
  if (event === 'message:updated' && message) Object.assign(known, toFolded(message))
  else if (event === 'message:deleted') Object.assign(known, { content: '', isDeleted: true, marks: [] })
  else if (event === 'reaction:added' && !known.marks.includes(mark)) known.marks.push(mark)
  else if (event === 'reaction:removed') known.marks = known.marks.filter((each) => each !== mark)
}
