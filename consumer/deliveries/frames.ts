import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { encodeEach, type EncodedEvent } from '../../contract/events.js'
import { ChannelActivity, StreamDeliveriesResponse } from '../../gen/recado/v1/deliveries_service.js'
import { Outcome } from '../../gen/recado/v1/types.js'

/** The most bytes in a frame, but for a single event that is larger: stock clients of all languages take 4 MiB. */
const MAX_FRAME_BYTES = 1024 * 1024

// The tags of `StreamDeliveriesResponse.events`, `.outcomes` and `.activity`: field number and wire type.
const EVENTS_TAG = (2 << 3) | 2
const OUTCOMES_TAG = (3 << 3) | 2
const ACTIVITY_TAG = (4 << 3) | 2

/** The frame that says that a change of interest is in force. */
export function encodeInForce(version: string): Buffer {
  const frame = { inForce: version, events: [], outcomes: [], activity: [] }
  return toBuffer(StreamDeliveriesResponse.encode(frame).finish())
}

/** Frames that hold these events and outcomes, in their order, each of a bounded size. */
export function encodeFrames(events: readonly EncodedEvent[], outcomes: readonly Outcome[]): Buffer[] {
  const frames = new Frames()
  for (const { bytes } of events) frames.add(EVENTS_TAG, bytes)
  for (const bytes of encodeEach(Outcome, outcomes)) frames.add(OUTCOMES_TAG, bytes)
  return frames.finish()
}

/** Frames that hold what was active, each of a bounded size. */
export function encodeActivity(activity: readonly ChannelActivity[]): Buffer[] {
  const frames = new Frames()
  for (const bytes of encodeEach(ChannelActivity, activity)) frames.add(ACTIVITY_TAG, bytes)
  return frames.finish()
}

/** One for all frames, empty in between: it has grown once. */
const writer = new BinaryWriter()

class Frames {
  readonly #done: Buffer[] = []
  #bytes = 0

  add(tag: number, item: Uint8Array): void {
    if (this.#bytes > 0 && this.#bytes + item.length > MAX_FRAME_BYTES) this.#end()
    writer.uint32(tag).bytes(item)
    // Tag and length take 5 bytes at most.
    this.#bytes += item.length + 5
  }

  finish(): Buffer[] {
    if (this.#bytes > 0) this.#end()
    return this.#done
  }

  #end(): void {
    this.#done.push(toBuffer(writer.finish()))
    this.#bytes = 0
  }
}

function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
