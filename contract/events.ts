import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import { Event } from '../gen/recado/v1/types.js'

/** An event with its bytes, which are the same for every copy and reader of it. */
export type EncodedEvent = { readonly event: Event; readonly bytes: Uint8Array }

/** What generated code has for a message. */
type Encoder<T> = { encode(item: T, writer: BinaryWriter): BinaryWriter }

/** One for everything: to make a writer and let it grow takes as long as to encode. */
let writer = new BinaryWriter()

/** Encodes the events of a batch, in their order. */
export function encodeEvents(events: readonly Event[]): EncodedEvent[] {
  const encoded = encodeEach(Event, events)
  return events.map((event, index) => ({ event, bytes: encoded[index]! }))
}

/** The bytes of each item. They share their memory: one piece for all costs a fraction of a piece each. */
export function encodeEach<T>(type: Encoder<T>, items: readonly T[]): Uint8Array[] {
  try {
    for (const item of items) type.encode(item, writer.fork()).join()
  } catch (error) {
    // It holds half of an item.
    writer = new BinaryWriter()
    throw error
  }
  const reader = new BinaryReader(writer.finish())
  return items.map(() => reader.bytes())
}

/** When an event happened, by its publisher's clock, as its outcome tells it; undefined where it tells nothing. */
export function timeOf({ what }: Event): string | undefined {
  switch (what?.$case) {
    case 'message':
      return what.value.timestamp
    case 'messageUpdated':
      return what.value.editedAt
    case 'messageDeleted':
      return what.value.deletedAt
    case 'reactionAdded':
    case 'reactionRemoved':
      return what.value.changedAt
    case undefined:
      return undefined
  }
}
