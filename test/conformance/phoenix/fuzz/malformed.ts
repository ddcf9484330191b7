import type { Random } from './random.js'

/** What a connection ended with where no close frame came. */
export const NO_CODE = 0

/** The code with which a connection that has taken the frame answers the close that follows it. */
export const TAKEN = 1000

/** Bytes that no client sends, and the codes with which their connection may end. */
export type Malformed = { bytes: Buffer; codes: readonly number[]; vsn?: string }

type Make = (random: Random) => Malformed

const TEXT = 1
const BINARY = 2
const CONTINUATION = 0
const CLOSE = 8
const PING = 9
const wrong = { codes: [1011] }
const odd = { codes: [1011, TAKEN] }
const broken = { codes: [1002] }

/** A client's frame: masked, with a mask of zeros. */
export function frame(opcode: number, payload: Buffer | string, firstBits = 0x80, maskBit = 0x80): Buffer {
  const data = Buffer.from(payload as string)
  const length =
    data.length < 126
      ? Buffer.of(maskBit | data.length)
      : data.length < 65_536
        ? Buffer.of(maskBit | 126, data.length >> 8, data.length & 0xff)
        : Buffer.concat([Buffer.of(maskBit | 127), toBytes(data.length, 8)])
  const mask = maskBit === 0 ? Buffer.alloc(0) : Buffer.alloc(4)
  return Buffer.concat([Buffer.of(firstBits | opcode), length, mask, data])
}

function toBytes(value: number, count: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes.subarray(8 - count)
}

const messages = [
  '["1","1","room:fuzz","phx_join",{"a":1}]',
  '[null,"2","phoenix","heartbeat",{}]',
  '["1","3","room:fuzz","echo",{"text":"Olá","list":[1,2,{"x":null}]}]',
  '[null,null,"room:other","phx_leave",{}]',
] as const
const messagesV1 = [
  '{"topic":"room:fuzz","event":"phx_join","payload":{},"ref":"1"}',
  '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"2","join_ref":null}',
] as const

/** Some characters of a text left out, put in or exchanged. */
function mutate(random: Random, text: string): string {
  let mutated = text
  for (let n = random.between(1, 4); n > 0; n--) {
    const at = random.between(0, mutated.length)
    const inserted = random.pick(['', random.text(random.between(1, 3))])
    mutated = mutated.slice(0, at) + inserted + mutated.slice(at + random.between(0, 3))
  }
  return mutated
}

const nested = (random: Random): string => {
  const depth = random.between(1, 30_000)
  return '['.repeat(depth) + ']'.repeat(random.pick([depth, depth - 1]))
}

const makers: Readonly<Record<string, Make>> = {
  junk: (random) => ({ ...wrong, bytes: frame(TEXT, `x${random.text(random.between(0, 300))}`) }),
  mutation: (random) => ({ ...odd, bytes: frame(TEXT, mutate(random, random.pick(messages))) }),
  'any JSON': (random) => ({ ...odd, bytes: frame(TEXT, JSON.stringify(random.json())) }),
  'too short': (random) => {
    const items = Array.from({ length: random.between(0, 4) }, () => random.json(2))
    return { ...wrong, bytes: frame(TEXT, JSON.stringify(items)) }
  },
  'any five': (random) => {
    const items = Array.from({ length: random.between(5, 7) }, () => random.json(2))
    return { ...odd, bytes: frame(TEXT, JSON.stringify(items)) }
  },
  'long name': (random) => {
    const names: unknown[] = ['1', '1', 'room:fuzz', 'echo', {}]
    names[random.between(0, 3)] = 'é'.repeat(random.between(128, 20_000))
    return { ...wrong, bytes: frame(TEXT, JSON.stringify(names)) }
  },
  'deep topic': (random) => ({
    ...wrong,
    bytes: frame(TEXT, `[null,null,${nested(random)},"e",{}]`),
  }),
  'deep payload': (random) => ({
    ...odd,
    bytes: frame(TEXT, `["1","1","room:fuzz","phx_join",${nested(random)}]`),
  }),
  'no UTF-8': (random) => {
    const text = Buffer.from(random.pick(messages))
    text[random.between(0, text.length - 1)] = random.pick([0xff, 0xc0, 0xf8])
    return { codes: [1007], bytes: frame(TEXT, text) }
  },
  'binary junk': (random) => ({ ...odd, bytes: frame(BINARY, random.bytes(random.between(0, 400))) }),
  'binary kind': (random) => {
    const kind = Buffer.of(random.between(1, 255))
    return { ...wrong, bytes: frame(BINARY, Buffer.concat([kind, random.bytes(40)])) }
  },
  'binary lengths': (random) => {
    const header = Buffer.of(0, ...random.bytes(3), random.between(200, 255))
    return { ...wrong, bytes: frame(BINARY, Buffer.concat([header, random.bytes(random.between(0, 199))])) }
  },
  'mutation of version 1': (random) => ({
    ...odd,
    vsn: '1.0.0',
    bytes: frame(TEXT, mutate(random, random.pick(messagesV1))),
  }),
  'binary to version 1': (random) => ({ ...wrong, vsn: '1.0.0', bytes: frame(BINARY, random.bytes(20)) }),
  'version 2 to version 1': (random) => ({
    ...wrong,
    vsn: '1.0.0',
    bytes: frame(TEXT, random.pick(messages)),
  }),

  'unknown opcode': (random) => {
    const opcode = random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
    return { ...broken, bytes: frame(opcode, random.bytes(random.between(0, 100))) }
  },
  'reserved bits': (random) => ({
    ...broken,
    bytes: frame(TEXT, random.pick(messages), 0x80 | (random.between(1, 7) << 4)),
  }),
  unmasked: (random) => ({ ...broken, bytes: frame(TEXT, random.pick(messages), 0x80, 0) }),
  'too large': (random) => {
    const length = toBytes(random.between(65_537, 2 ** 52), 8)
    return { codes: [1009], bytes: Buffer.concat([Buffer.of(0x81, 0xff), length, random.bytes(20)]) }
  },
  'larger than numbers': (random) => ({
    codes: [1009],
    bytes: Buffer.concat([Buffer.of(0x82, 0xff, random.between(1, 255)), random.bytes(30)]),
  }),
  'large control': (random) => ({ ...broken, bytes: frame(PING, random.bytes(random.between(126, 500))) }),
  'control in fragments': (random) => ({
    ...broken,
    bytes: frame(random.pick([CLOSE, PING]), random.bytes(2), 0),
  }),
  'continuation of nothing': (random) => ({
    ...broken,
    bytes: frame(CONTINUATION, random.pick(messages), random.pick([0, 0x80])),
  }),
  'message in a message': (random) => ({
    ...broken,
    bytes: Buffer.concat([frame(TEXT, '["1",', 0), frame(TEXT, random.pick(messages))]),
  }),
  'bad close': (random) => {
    const [code, reason] = [random.pick([0, 999, 1004, 1005, 1006, 1016, 2999, 5000]), random.bytes(3)]
    const payload = random.pick([random.bytes(1), Buffer.concat([toBytes(code, 2), reason])])
    return { ...broken, bytes: frame(CLOSE, payload) }
  },
  'many fragments': (random) => {
    const pieces = Array.from({ length: random.between(2, 200) }, () =>
      frame(CONTINUATION, random.text(2), 0),
    )
    const all = [frame(TEXT, '[', 0), ...pieces, frame(CONTINUATION, ']')]
    return { ...odd, bytes: Buffer.concat(all) }
  },
  'cut off': (random) => {
    const whole = frame(TEXT, random.pick(messages))
    return { codes: [NO_CODE], bytes: whole.subarray(0, random.between(1, whole.length - 10)) }
  },
  garbage: (random) => ({
    codes: [NO_CODE, TAKEN, 1002, 1005, 1007, 1009, 1011],
    bytes: random.bytes(random.between(1, 500)),
  }),
}

/** Every kind of malformed input, each made anew from the random numbers. */
export const malformed = Object.entries(makers) as [[string, Make], ...[string, Make][]]
