import type { Permission } from '../gen/recado/v1/messages_service.js'
import type { QueuedMessage } from '../gen/recado/v1/payload.js'
import type { Event, Refusal } from '../gen/recado/v1/types.js'
import type { Delivery } from '../ports/queue/queue.js'

/** One message on its way through the pipeline. Each step fills in its part. */
export type Entry = {
  readonly delivery: Delivery
  /** What was published, complete: nonce from `message_id`, attempt made where there was none. */
  readonly payload: QueuedMessage
  /** Derived from channel, sender and nonce, whatever the payload says. */
  readonly id: string
  readonly attempt: string
  /** Set by `validate` where it may be written. */
  permission?: Permission
  /** Set by `validate` where it may not. */
  refusal?: Refusal
  /** Set by `store`: the event as the log holds it, this entry's own or the one that it repeats. */
  event?: Event
}

/** A batch of one partition. */
export type Batch = {
  readonly entries: Entry[]
  /** When `validate` last decided, in milliseconds of the monotonic clock. */
  validatedAt: number
}
