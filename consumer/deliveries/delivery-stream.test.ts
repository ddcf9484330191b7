import { EventEmitter } from 'node:events'
import { status } from '@grpc/grpc-js'
import { beforeEach, describe, expect, it } from 'vitest'
import { StreamDeliveriesResponse } from '../../gen/recado/v1/deliveries_service.js'
import { Message, type Event } from '../../gen/recado/v1/types.js'
import { encodeEvents } from '../../contract/events.js'
import { DeliveriesHub } from './deliveries-hub.js'
import { DeliveryStream, type FrameStream } from './delivery-stream.js'

/** A reader that takes frames while it is willing. */
class Reader extends EventEmitter {
  isWilling = true
  readonly frames: StreamDeliveriesResponse[] = []
  readonly errors: { code: number }[] = []

  constructor() {
    super()
    this.on('error', (error: { code: number }) => this.errors.push(error))
  }

  write(frame: Buffer): boolean {
    this.frames.push(StreamDeliveriesResponse.decode(frame))
    return this.isWilling
  }

  /** The seqs that were handed over, of whichever channel. */
  seqs(): number[] {
    return this.frames.flatMap(({ events }) => events.map(({ seq }) => seq))
  }
}

function event(channelId: string, seq: number, content = 'text'): Event {
  const value = Message.fromPartial({ id: `${seq}`, channelId, senderId: 'ana', content, seq, count: seq })
  return {
    id: `${seq}`,
    channelId,
    seq,
    count: seq,
    attempt: '',
    epoch: 'e',
    what: { $case: 'message', value },
  }
}

describe('a stream of deliveries', () => {
  let hub: DeliveriesHub
  let reader: Reader

  beforeEach(() => {
    hub = new DeliveriesHub()
    reader = new Reader()
  })

  const open = (origin = 'gateway', to = reader) => {
    const first = { origin, version: '1', addChannelIds: ['c'], removeChannelIds: [] }
    return new DeliveryStream(to as unknown as FrameStream, hub, first)
  }
  const publish = (...events: Event[]) => hub.publish(encodeEvents(events), new Map())

  it('says that its interest is in force before the first event of it', () => {
    open()
    publish(event('c', 1))
    expect(reader.frames.map(({ inForce, events }) => [inForce, events.length])).toEqual([
      ['1', 0],
      ['0', 1],
    ])
  })

  it('brings the channels of its interest alone, also as it changes', () => {
    const stream = open()
    publish(event('c', 1), event('d', 2))
    stream.request({ origin: '', version: '2', addChannelIds: ['d'], removeChannelIds: ['c'] })
    publish(event('c', 3), event('d', 4))
    expect(reader.seqs()).toEqual([1, 4])
  })

  it('brings the outcomes of its origin to the latest stream of it', () => {
    open()
    const later = new Reader()
    open('gateway', later)
    const outcome = { id: 'm', channelId: 'x', attempt: 'a', result: undefined }
    hub.publish(
      [],
      new Map([
        ['gateway', [outcome]],
        ['another', [outcome]],
      ]),
    )
    expect([reader, later].map(({ frames }) => frames.flatMap((frame) => frame.outcomes).length)).toEqual([
      0, 1,
    ])
  })

  it('goes on with the outcomes of its origin when an earlier stream of it ends', () => {
    const earlier = open()
    const later = new Reader()
    open('gateway', later)

    earlier.forget()
    hub.publish([], new Map([['gateway', [{ id: 'm', channelId: 'x', attempt: 'a', result: undefined }]]]))

    expect(later.frames.flatMap((frame) => frame.outcomes)).toHaveLength(1)
  })

  it('holds what a reader does not take, in order, and goes on when it does', () => {
    open()
    reader.isWilling = false
    publish(event('c', 1))
    publish(event('c', 2))
    publish(event('c', 3))
    expect(reader.seqs()).toEqual([1])

    reader.isWilling = true
    reader.emit('drain')
    expect(reader.seqs()).toEqual([1, 2, 3])
  })

  it('sends a reader away that lets more than 16 MiB wait, and gives it nothing after that', () => {
    open()
    reader.isWilling = false
    for (let seq = 1; seq <= 20 && reader.errors.length === 0; seq++)
      publish(event('c', seq, 'x'.repeat(900_000)))
    expect(reader.errors.map(({ code }) => code)).toEqual([status.RESOURCE_EXHAUSTED])

    publish(event('c', 99))
    reader.emit('drain')
    expect(reader.seqs()).toEqual([1])
  })

  it('does not send a reader away that takes what waits, however much comes in time', () => {
    open()
    for (let seq = 1; seq <= 60; seq += 2) {
      reader.isWilling = false
      publish(event('c', seq, 'x'.repeat(900_000)))
      publish(event('c', seq + 1, 'x'.repeat(900_000)))
      reader.isWilling = true
      reader.emit('drain')
    }

    expect(reader.errors).toEqual([])
    expect(reader.seqs()).toHaveLength(60)
  })

  it('is sent away alone when it fails', () => {
    const other = new Reader()
    open()
    open('another', other)
    reader.write = () => {
      throw new Error('broken')
    }
    publish(event('c', 1))
    publish(event('c', 2))
    expect(reader.errors.map(({ code }) => code)).toEqual([status.INTERNAL])
    expect(other.seqs()).toEqual([1, 2])
  })
})
