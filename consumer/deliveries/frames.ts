import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { encodeEvent } from '../../contract/events.js'
import { StreamDeliveriesResponse } from '../../gen/recado/v1/deliveries_service.js'
import { Outcome, type Event } from '../../gen/recado/v1/types.js'

/** The most bytes in a frame, but for a single event that is larger: stock clients of all languages take 4 MiB. */
const MAX_FRAME_BYTES = 1024 * 1024

// The tags of `StreamDeliveriesResponse.events` and `.outcomes`: field number and wire type.
const EVENTS_TAG = (2 << 3) | 2
const OUTCOMES_TAG = (3 << 3) | 2

/** The frame that says that a change of interest is in force. */
export function encodeInForce(version: string): Buffer {
  const frame = StreamDeliveriesResponse.encode({ inForce: version, events: [], outcomes: [] })
  return Buffer.from(frame.finish())
}

/** Frames that hold these events and outcomes, in their order, each of a bounded size. An event's bytes are made once for all readers. */
export function encodeFrames(events: readonly Event[], outcomes: readonly Outcome[]): Buffer[] {
  const frames = new Frames()
  for (const event of events) frames.add(EVENTS_TAG, encodeEvent(event))
  for (const outcome of outcomes) frames.add(OUTCOMES_TAG, Outcome.encode(outcome).finish())
  return frames.finish()
}

class Frames {
  readonly #done: Buffer[] = []
  #writer = new BinaryWriter()
  #bytes = 0

  add(tag: number, item: Uint8Array): void {
    if (this.#bytes > 0 && this.#bytes + item.length > MAX_FRAME_BYTES) this.#end()
    this.#writer.uint32(tag).bytes(item)
    // Tag and length take 5 bytes at most.
    this.#bytes += item.length + 5
  }

  finish(): Buffer[] {
    if (this.#bytes > 0) this.#end()
    return this.#done
  }

  #end(): void {
    this.#done.push(Buffer.from(this.#writer.finish()))
    this.#writer = new BinaryWriter()
    this.#bytes = 0
  }
}
