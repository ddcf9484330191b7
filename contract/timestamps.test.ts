import { create, fromBinary, toBinary, type DescMessage } from '@bufbuild/protobuf'
import { timestampFromMs, type Timestamp } from '@bufbuild/protobuf/wkt'
import { describe, expect, it } from 'vitest'
import { Message } from '../gen/recado/v1/types.js'
import { readDescriptors } from '../lib/grpc/descriptors.js'

/** A message as clients of other makes read and write it. */
type StockMessage = { timestamp?: Timestamp }

const schema = readDescriptors().getMessage('recado.v1.Message') as DescMessage

describe('a time on the wire', () => {
  it.each([
    ['1970-01-01T00:00:00.000Z', 0, 0],
    ['2025-01-03T12:00:00.007Z', 1_735_905_600, 7_000_000],
    ['1969-12-31T23:59:59.999Z', -1, 999_000_000],
    ['1969-12-31T23:59:59.001Z', -1, 1_000_000],
    ['1969-12-31T23:59:59.000Z', -1, 0],
    ['1969-12-31T23:59:58.500Z', -2, 500_000_000],
    ['0001-01-01T00:00:00.001Z', -62_135_596_800, 1_000_000],
  ])('%s is %d seconds and as many nanoseconds as protobuf has: %d', (timestamp, seconds, nanos) => {
    const bytes = Message.encode(Message.fromPartial({ timestamp })).finish()

    const { timestamp: stock } = fromBinary(schema, bytes) as unknown as StockMessage

    expect(stock).toMatchObject({ seconds: BigInt(seconds), nanos })
    expect(Message.decode(bytes).timestamp).toBe(timestamp)
  })

  it.each([
    ['1969-12-31T23:59:59.000Z', -1_000, 999_999],
    ['1969-12-31T23:59:59.999Z', -1, 500_000],
    ['2025-01-03T12:00:00.007Z', 1_735_905_600_007, 999_999],
  ])('is %s where it is finer by some nanoseconds: they are cut off', (expected, ms, more) => {
    const timestamp = timestampFromMs(ms)
    const bytes = toBinary(
      schema,
      create(schema, { timestamp: { ...timestamp, nanos: timestamp.nanos + more } } as never),
    )

    expect(Message.decode(bytes).timestamp).toBe(expected)
  })
})
