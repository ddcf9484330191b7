import { gatherAppends, type Part } from '../../contract/appending.js'
import type { Accepted, ChangeDraft, ChangeMessage } from './send-message.js'

/** Takes changes on their way: what is appended is gathered first, everything else goes at once. */
export class Changes {
  readonly #send: ChangeMessage
  readonly #appends: ReturnType<typeof gatherAppends<Accepted>>

  constructor(send: ChangeMessage) {
    this.#send = send
    this.#appends = gatherAppends((part) => send(toDraft(part)))
  }

  readonly change: ChangeMessage = (draft) => {
    const { change, senderId, channelId, sessionId, nonce } = draft
    if (change.$case !== 'append') return this.#send(draft)
    return this.#appends.add({ ...change.value, senderId, channelId, sessionId, nonce })
  }

  /** Sends what has been gathered; resolves when the queue has it. */
  close(): Promise<void> {
    return this.#appends.close()
  }
}

function toDraft({ senderId, channelId, sessionId, nonce, id, text, final }: Part): ChangeDraft {
  return { senderId, channelId, sessionId, nonce, change: { $case: 'append', value: { id, text, final } } }
}
