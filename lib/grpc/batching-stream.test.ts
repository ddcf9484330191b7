import { Metadata, status, type ClientDuplexStream } from '@grpc/grpc-js'
import { EventEmitter } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { BatchingStream, sizeOfTexts, type BatchingOptions } from './batching-stream.js'

type Ask = { batch: number; items: string[] }
type Answer = { batch: number; results: string[] }
type Service = (ask: Ask, stream: TestStream) => void

/** The client's end of a stream whose other end is a function. */
class TestStream extends EventEmitter {
  readonly #service: Service
  isCancelled = false

  constructor(service: Service) {
    super()
    this.#service = service
  }

  write(ask: Ask): void {
    this.#service(ask, this)
  }

  answer({ batch, items }: Ask): void {
    setImmediate(() => this.emit('data', { batch, results: items.map((item) => `${item}!`) }))
  }

  fail(code: status, details = 'no'): void {
    setImmediate(() =>
      this.emit('error', Object.assign(new Error(details), { code, details, metadata: new Metadata() })),
    )
  }

  end(): void {}

  cancel(): void {
    this.isCancelled = true
    this.fail(status.CANCELLED)
  }
}

let opened: TestStream[] = []
let open: { close(): void }[] = []
afterEach(() => {
  for (const each of open) each.close()
  opened = []
  open = []
})

const answering: Service = (ask, stream) => stream.answer(ask)

/** Asks a service; `asked` is every batch that came there. */
function asking(
  service: Service = answering,
  options: Partial<BatchingOptions<string, string, Ask, Answer>> = {},
) {
  const asked: string[][] = []
  const batches = new BatchingStream<string, string, Ask, Answer>({
    open: () => {
      const stream = new TestStream((ask, on) => {
        asked.push(ask.items)
        service(ask, on)
      })
      opened.push(stream)
      return stream as unknown as ClientDuplexStream<Ask, Answer>
    },
    toRequest: (batch, items) => ({ batch, items: [...items] }),
    fromResponse: (answer) => answer,
    sizeOf: (item) => item.length,
    maxItems: 100,
    maxBytes: 1_000,
    maxWaiting: 1_000,
    deadlineMs: 2_000,
    ...options,
  })
  open.push(batches)
  const ask = async (...items: string[]) => batches.submit(items)
  return { asked, batches, ask }
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error: { code: string }) => error.code,
  )

describe('a batching stream', () => {
  it('asks what comes in one turn of the loop at once, and answers each with its own', async () => {
    const { asked, ask } = asking()

    expect(await Promise.all([ask('a'), ask('b', 'c'), ask()])).toEqual([['a!'], ['b!', 'c!'], []])
    expect(asked).toEqual([['a', 'b', 'c']])
  })

  it('keeps the order of the questions, one batch at a time', async () => {
    const { asked, ask } = asking(undefined, { maxItems: 3 })

    await Promise.all('abcdefgh'.split('').map((item) => ask(item)))

    expect(asked).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
      ['g', 'h'],
    ])
  })

  it('keeps each batch within its bytes, whatever comes', async () => {
    const { asked, ask } = asking()
    const items = Array.from({ length: 40 }, (_, n) => String(n).padEnd(n % 3 === 0 ? 950 : 90, '-'))

    const answers = await Promise.all(items.map((item) => ask(item)))

    expect(answers).toEqual(items.map((item) => [`${item}!`]))
    for (const batch of asked) expect(batch.join('').length).toBeLessThanOrEqual(1_000)
    expect(asked.flat()).toEqual(items)
  })

  it('asks a group that is larger than a batch in several', async () => {
    const { asked, ask } = asking()
    const items = Array.from({ length: 25 }, (_, n) => String(n).padEnd(100, '-'))

    expect(await ask(...items)).toEqual(items.map((item) => `${item}!`))
    expect(asked.map(({ length }) => length)).toEqual([10, 10, 5])
  })

  it('refuses an item that is larger than a batch, and nothing else', async () => {
    const { asked, ask } = asking()

    const [large, small] = await Promise.all([codeOf(ask('x'.repeat(1_001))), ask('a')])

    expect(large).toBe('invalid_argument')
    expect(small).toEqual(['a!'])
    expect(asked).toEqual([['a']])
  })

  it('holds no more than its bound of items and of bytes', async () => {
    const silent: Service = () => undefined
    const items = asking(silent, { maxWaiting: 3 })
    const bytes = asking(silent, { maxWaitingBytes: 1_500 })

    expect(await codeOf(items.ask('a', 'b', 'c', 'd'))).toBe('resource_exhausted')
    void codeOf(bytes.ask('x'.repeat(1_000)))
    expect(await codeOf(bytes.ask('x'.repeat(501)))).toBe('resource_exhausted')
  })

  it('has room again for what was answered', async () => {
    const { ask } = asking(undefined, { maxWaiting: 2, maxWaitingBytes: 1_000 })

    for (let round = 0; round < 5; round++) await ask('x'.repeat(900), 'y')
  })

  it.each([
    ['its size', status.RESOURCE_EXHAUSTED, 'resource_exhausted'],
    ['what the service cannot read', status.INVALID_ARGUMENT, 'invalid_argument'],
    ['what breaks the service', status.INTERNAL, 'internal'],
  ])('lets an item fail alone for %s, and repeats no batch', async (_case, number, code) => {
    const { asked, ask } = asking((batch, stream) => {
      if (batch.items.includes('bad')) stream.fail(number)
      else stream.answer(batch)
    })
    const items = ['a', 'b', 'c', 'bad', 'd', 'e', 'f']

    const codes = await Promise.all(items.map((item) => codeOf(ask(item))))

    expect(codes).toEqual(items.map((item) => (item === 'bad' ? code : 'answered')))
    expect(new Set(asked.map((batch) => batch.join())).size).toBe(asked.length)
    expect(asked.length).toBeLessThan(8)
  })

  it('splits a batch that the service finds too large, until it takes it', async () => {
    const { ask } = asking((batch, stream) => {
      if (batch.items.length > 4) stream.fail(status.RESOURCE_EXHAUSTED)
      else stream.answer(batch)
    })
    const items = Array.from({ length: 30 }, (_, n) => `${n}`)

    expect(await Promise.all(items.map((item) => ask(item)))).toEqual(items.map((item) => [`${item}!`]))
  })

  it('asks no more of a group after one of its items was refused', async () => {
    const { asked, ask } = asking(
      (batch, stream) => {
        if (batch.items.includes('bad')) stream.fail(status.INVALID_ARGUMENT)
        else stream.answer(batch)
      },
      { maxItems: 1 },
    )

    const [group, other] = await Promise.all([codeOf(ask('a', 'bad', 'b', 'c')), ask('d')])

    expect(group).toBe('invalid_argument')
    expect(other).toEqual(['d!'])
    expect(asked).toEqual([['a'], ['bad'], ['d']])
  })

  it('rejects a whole batch at once when the caller is refused', async () => {
    const { asked, ask } = asking((_batch, stream) => stream.fail(status.UNAUTHENTICATED))

    expect(await Promise.all([codeOf(ask('a')), codeOf(ask('b'))])).toEqual([
      'unauthenticated',
      'unauthenticated',
    ])
    expect(asked).toHaveLength(1)
  })

  it('asks a batch again when its stream is lost, by an error or an end', async () => {
    let losses = 0
    const { asked, ask } = asking((batch, stream) => {
      losses++
      if (losses === 1) stream.fail(status.UNAVAILABLE)
      else if (losses === 2) setImmediate(() => stream.emit('end'))
      else stream.answer(batch)
    })

    expect(await Promise.all([ask('a'), ask('b')])).toEqual([['a!'], ['b!']])
    expect(asked).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
  })

  it('asks another instance when one does not answer', async () => {
    const { ask } = asking(
      (batch, stream) => {
        if (opened.length > 1) stream.answer(batch)
      },
      { patienceMs: 20, deadlineMs: 10_000 },
    )

    expect(await ask('a')).toEqual(['a!'])
    expect(opened.map(({ isCancelled }) => isCancelled)).toEqual([true, false])
  })

  it('gives up what was not answered in time, and serves those who come after', async () => {
    let isSilent = true
    const { ask } = asking(
      (batch, stream) => {
        if (!isSilent) stream.answer(batch)
      },
      { deadlineMs: 200 },
    )

    expect(await codeOf(ask('a'))).toBe('unavailable')
    isSilent = false
    expect(await ask('b')).toEqual(['b!'])
  })

  it('rejects what waits when it is closed, and whoever comes later', async () => {
    const { batches, ask } = asking(() => undefined)
    const waiting = [codeOf(ask('a')), codeOf(ask('b'))]
    await new Promise(setImmediate)

    batches.close()

    expect(await Promise.all([...waiting, codeOf(ask('c'))])).toEqual([
      'unavailable',
      'unavailable',
      'unavailable',
    ])
  })
})

it('texts are counted in bytes, with what stands around them', () => {
  expect(sizeOfTexts('é🦜', 'x')).toBeGreaterThan(7)
})
