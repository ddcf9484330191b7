import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessages } from '../../contract/folding.js'
import { toCommandId, type Command } from '../../contract/commands.js'
import { Permission, type Candidate, type Verdict } from '../../gen/recado/v1/messages_service.js'
import type { Message, Outcome } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { MemoryRecent } from '../../ports/recent/memory/memory-recent.js'
import type { Recent } from '../../ports/recent/recent.js'
import { body, ConsumerRig, refuse } from '../support/consumer-rig.js'

const channelId = 'c'

/** A command of somebody, named by its nonce. */
type Ask = { command: Command; nonce: string; by?: string }

const idOf = ({ command, nonce, by: senderId = 'ana' }: Ask) =>
  toCommandId(command, { channelId, senderId, nonce, attempt: '' })
const write = (nonce: string, text = nonce): Ask => ({ command: { $case: 'message', value: text }, nonce })
const edit = (of: Ask, nonce: string, content = nonce, by = 'ana'): Ask => ({
  command: { $case: 'edit', value: { id: idOf(of), content, data: undefined } },
  nonce,
  by,
})
const append = (of: Ask, nonce: string, text: string, final = false): Ask => ({
  command: { $case: 'append', value: { id: idOf(of), text, final } },
  nonce,
})
const remove = (of: Ask, nonce: string, by = 'ana'): Ask => ({
  command: { $case: 'delete', value: { id: idOf(of) } },
  nonce,
  by,
})
const react = (of: Ask, nonce: string, by: string, emoji = '👍', isTaken = false): Ask => ({
  command: { $case: 'react', value: { id: idOf(of), emoji, remove: isTaken } },
  nonce,
  by,
})

async function send(rig: ConsumerRig, ...asks: readonly Ask[]): Promise<void> {
  for (const { command, nonce, by: senderId = 'ana' } of asks)
    await rig.queue.publish(0, body(channelId, '', { command, nonce, senderId }))
}

/** Lets a rig take all that waits, then stops it: what follows meets an owner who knows nothing. */
async function storeAll(rig: ConsumerRig): Promise<void> {
  rig.start(0)
  await expect.poll(() => rig.queue.depth(0), { interval: 2 }).toBe(0)
  await rig.stop()
}

/** The next owner of a rig's queue and log. */
function next(rig: ConsumerRig, recent: Recent = new MemoryRecent()): ConsumerRig {
  const { history, heads, queue } = rig
  return Object.assign(new ConsumerRig({ history, heads, recent }), { history, heads, queue })
}

async function stored(asks: readonly Ask[], overrides = {}): Promise<ConsumerRig> {
  const rig = new ConsumerRig(overrides)
  await send(rig, ...asks)
  await storeAll(rig)
  return rig
}

const events = (rig: ConsumerRig) =>
  rig.history.events({ channelId, since: 0, upTo: Infinity, limit: 10_000 })
const kinds = async (rig: ConsumerRig) => (await events(rig)).map(({ what }) => what?.$case)

async function messageOf(rig: ConsumerRig, ask: Ask): Promise<Message | undefined> {
  const [state] = await rig.history.states([{ channelId, id: idOf(ask) }])
  return state?.message
}

/** What became of each, in the order of asking: the seq where it is stored, the reason where it is refused. */
function fates({ outcomes }: ConsumerRig): (string | number | undefined)[] {
  return outcomes.map(({ result }) => (result?.$case === 'stored' ? result.value.seq : result?.value.reason))
}

const isDuplicate = ({ result }: Outcome) => result?.$case === 'stored' && result.value.duplicate

describe('changes', () => {
  const one = write('one')

  it('are events of the channel, are no messages, and stand in their message before the head says so', async () => {
    const rig = new ConsumerRig()
    const seen: [string, number][] = []
    rig.history.before = (call) => void seen.push([call, rig.heads.seq(channelId)])
    const asks = [one, edit(one, 'e', 'changed'), react(one, 'r', 'bo'), react(one, 's', 'cy'), write('two')]
    await send(rig, ...asks)
    await storeAll(rig)

    expect((await events(rig)).map(({ seq, count, what }) => [seq, count, what?.$case])).toEqual([
      [1, 1, 'message'],
      [2, 1, 'messageUpdated'],
      [3, 1, 'reactionAdded'],
      [4, 1, 'reactionAdded'],
      [5, 2, 'message'],
    ])
    expect(await messageOf(rig, one)).toMatchObject({
      content: 'changed',
      seq: 1,
      count: 1,
      editedAt: '2026-01-01T00:00:00.000Z',
      reactions: [{ emoji: '👍', userIds: ['bo', 'cy'] }],
    })
    expect(seen.filter(([call]) => call === 'apply')).toEqual([['apply', 0]])
    expect(rig.heads.seq(channelId)).toBe(5)
    expect(rig.outcomes.map(({ id }) => id)).toEqual(asks.map(idOf))
    expect(fates(rig)).toEqual([1, 2, 3, 4, 5])
  })

  it('of one message in one batch build on one another', async () => {
    const rig = await stored([
      one,
      append(one, 'a', ' and'),
      append(one, 'b', ' two'),
      edit(one, 'e', 'new'),
      append(one, 'f', '!', true),
      append(one, 'g', '?'),
    ])

    expect((await messageOf(rig, one))?.content).toBe('new!')
    expect(fates(rig)).toEqual([1, 2, 3, 4, 5, 'MESSAGE_FINAL'])
    const texts = (await events(rig)).map(({ what }) => what && 'content' in what.value && what.value.content)
    expect(texts.slice(1)).toEqual(['one and', 'one and two', 'new', 'new!'])
  })

  it('of a whole batch cost one read of the messages, one append and one application', async () => {
    const rig = await stored([one, write('two')])
    const later = next(rig)
    rig.history.calls.length = 0
    const users = Array.from({ length: 100 }, (_, index) => `user ${index}`)
    await send(later, ...users.map((user) => react(one, user, user)), edit(write('two'), 'e'))
    await storeAll(later)

    expect(rig.history.calls).toEqual(['endsPast', 'states', 'append', 'apply'])
    expect((await messageOf(rig, one))?.reactions).toEqual([{ emoji: '👍', userIds: users }])
  })

  it('happen once, in one batch, in later ones, and after others have changed the same', async () => {
    const asks = [one, react(one, 'r', 'bo'), edit(one, 'e'), react(one, 'u', 'bo', '👍', true)]
    let rig = await stored([...asks, asks[1]!, asks[2]!])
    expect(await kinds(rig)).toEqual(['message', 'reactionAdded', 'messageUpdated', 'reactionRemoved'])
    expect(fates(rig)).toEqual([1, 2, 3, 4, 2, 3])

    rig = next(rig)
    await send(rig, asks[1]!, asks[3]!, asks[2]!)
    await storeAll(rig)

    expect(fates(rig)).toEqual([2, 4, 3])
    expect(rig.outcomes.every(isDuplicate)).toBe(true)
    expect((await messageOf(rig, one))?.reactions).toEqual([])
  })

  it('that change nothing are duplicates of what stands there, and stay so when others change it', async () => {
    const again = react(one, 'again', 'bo')
    let rig = await stored([one, react(one, 'r', 'bo'), again, react(one, 'u', 'cy', '👍', true)])
    expect(await kinds(rig)).toEqual(['message', 'reactionAdded'])
    expect(fates(rig)).toEqual([1, 2, 2, 2])
    expect(rig.outcomes.map(isDuplicate)).toEqual([false, false, true, true])

    rig = next(rig)
    await send(rig, react(one, 'x', 'bo', '👍', true), again)
    await storeAll(rig)

    expect(fates(rig)).toEqual([3, 2])
    expect((await messageOf(rig, one))?.reactions).toEqual([])
    expect(rig.heads.seq(channelId)).toBe(3)
  })

  it('after a deletion are refused, but to delete again is none; its text is nowhere', async () => {
    const recent = new MemoryRecent()
    const asks = [
      one,
      edit(one, 'e', 'secret'),
      react(one, 'r', 'bo'),
      remove(one, 'd'),
      edit(one, 'f', 'secret'),
      react(one, 's', 'cy'),
      remove(one, 'g'),
      write('two'),
    ]
    const rig = await stored(asks, { recent })

    expect(fates(rig)).toEqual([1, 2, 3, 4, 'MESSAGE_DELETED', 'MESSAGE_DELETED', 4, 5])
    expect(await messageOf(rig, one)).toMatchObject({
      content: '',
      reactions: [],
      deletedAt: expect.any(String) as string,
    })
    expect(JSON.stringify(await events(rig))).not.toContain('secret')
    await expect.poll(() => recent.read(channelId, 'e', 4, 5)).toHaveLength(2)
    expect(await recent.read(channelId, 'e', 1, 5)).toBeUndefined()
  })

  it('are refused to whoever may not, and to what is not there, and are found where they were stored before', async () => {
    const foreign = write('nothing')
    const first = edit(one, 'e')
    let rig = await stored([
      one,
      first,
      edit(one, 'x', 'x', 'bo'),
      remove(one, 'y', 'bo'),
      edit(foreign, 'z'),
    ])
    const denied = 'MISSING_PERMISSION'
    expect(fates(rig)).toEqual([1, 2, denied, denied, 'MESSAGE_NOT_FOUND'])
    expect(rig.heads.refused.map(({ reason }) => reason)).toEqual([denied, denied, 'MESSAGE_NOT_FOUND'])

    rig = next(rig)
    await send(rig, remove(one, 'd'), first)
    await storeAll(rig)
    expect(fates(rig)).toEqual([3, 2])

    const { history, heads } = rig
    const lost = new ConsumerRig({
      history,
      heads,
      validator: { submit: (asked) => Promise.resolve(asked.map(refuse)) },
    })
    await send(lost, first, edit(one, 'n'))
    await storeAll(lost)
    expect(fates(lost)).toEqual([2, 'NOT_FOUND'])
  })

  it('let those delete who may manage', async () => {
    const submit = (asked: readonly Candidate[]): Promise<Verdict[]> =>
      Promise.resolve(
        asked.map(({ senderId }) => ({
          outcome: { $case: 'permission', value: Permission.fromPartial({ mayManage: senderId === 'mo' }) },
        })),
      )
    const rig = await stored([one, remove(one, 'x', 'bo'), remove(one, 'd', 'mo')], { validator: { submit } })

    expect(fates(rig)).toEqual([1, 'MISSING_PERMISSION', 2])
    expect((await events(rig)).at(-1)?.what?.value).toMatchObject({ userId: 'mo' })
  })

  it('keep the limits of a message', async () => {
    const long = write('long', 'x'.repeat(3_999))
    const emoji = Array.from({ length: 51 }, (_, index) => `:${index}:`)
    const rig = await stored([
      long,
      append(long, 'a', 'yz'),
      append(long, 'b', '🎈'),
      ...emoji.map((each) => react(long, each, 'bo', each)),
      react(long, 'c', 'cy', ':0:'),
    ])

    const [, tooLong, , ...reacted] = fates(rig)
    expect(tooLong).toBe('INVALID_ARGUMENT')
    expect(reacted.slice(-2)).toEqual(['TOO_MANY_REACTIONS', 53])
    expect((await messageOf(rig, long))?.reactions).toHaveLength(50)
  })

  it.each(['append', 'apply', 'raise'] as const)(
    'are whole again after a crash behind %s, whatever was done',
    async (step) => {
      const asks = [
        react(one, 'r', 'bo'),
        react(one, 'again', 'bo'),
        edit(one, 'e', 'changed'),
        react(one, 'u', 'bo', '👍', true),
        append(one, 'a', '!'),
        react(one, 'v', 'cy'),
      ]
      let rig = next(await stored([one, write('two')]))
      const crash = () => {
        throw new RecadoError('unavailable', 'crashed')
      }
      if (step === 'append') rig.history.after = crash
      if (step === 'apply') rig.history.before = (call) => (call === 'apply' ? crash() : undefined)
      if (step === 'raise') rig.heads.before = (call) => (call === 'raise' ? crash() : undefined)
      await send(rig, ...asks)
      rig.start(0)
      await expect.poll(() => rig.said('held until a fault has passed')).toHaveLength(1)
      await rig.stop()
      rig.history.after = rig.history.before = rig.heads.before = () => undefined
      const before = fates(rig)
      rig = next(rig)
      await storeAll(rig)

      expect([...before, ...fates(rig)]).toEqual([3, 3, 4, 5, 6, 7])
      expect(await messageOf(rig, one)).toMatchObject({
        content: 'changed!',
        reactions: [{ emoji: '👍', userIds: ['cy'] }],
      })
      expect(await kinds(rig)).toHaveLength(7)
      expect(rig.heads.seq(channelId)).toBe(7)
    },
  )

  it('that were never applied are by the next owner, whatever it is asked first', async () => {
    let rig = next(await stored([one, write('two')]))
    rig.history.before = (call) => {
      if (call === 'apply') throw new RecadoError('unavailable', 'crashed')
    }
    await send(rig, edit(one, 'e', 'changed'))
    rig.start(0)
    await expect.poll(() => rig.said('held until a fault has passed')).toHaveLength(1)
    await rig.stop()
    rig.queue.line(0).length = 0
    rig.history.before = () => undefined
    rig = next(rig)
    await send(rig, write('three'))
    await storeAll(rig)

    expect((await messageOf(rig, one))?.content).toBe('changed')
    expect(rig.heads.seq(channelId)).toBe(4)
  })

  it('end the copy of recent events only once it is back, and nobody waits for it', async () => {
    const recent = new AwayRecent()
    const rig = new ConsumerRig({ recent })
    await send(rig, one)
    await storeAll(rig)
    const later = next(rig, recent)
    recent.isAway = true
    await send(later, remove(one, 'd'))
    await storeAll(later)
    expect(fates(later)).toEqual([2])
    recent.isAway = false

    await expect.poll(() => recent.read(channelId, 'e', 1, 1)).toBeUndefined()
  })

  it(
    'leave the same however they are cut into batches, repeated, refused or interrupted',
    { timeout: 90_000 },
    async () => {
      const texts = ['m0', 'm1', 'm2'].map((nonce) => write(nonce))
      const target = fc.constantFrom(...texts)
      const user = fc.constantFrom('ana', 'bo')
      const key = fc.integer({ min: 0, max: 9 })
      const ask = fc.oneof(
        target,
        fc.tuple(target, key).map(([of, n]) => edit(of, `e${n}`, `text ${n}`)),
        fc.tuple(target, key).map(([of, n]) => append(of, `a${n}`, `+${n}`)),
        fc.tuple(target, fc.integer({ min: 0, max: 1 })).map(([of, n]) => remove(of, `d${n}`)),
        fc
          .tuple(target, key, user, fc.constantFrom('👍', ':x:'), fc.boolean())
          .map(([of, n, by, emoji, isTaken]) => react(of, `r${n}`, by, emoji, isTaken)),
      )
      const batch = fc.record({
        asks: fc.array(ask, { maxLength: 12 }),
        fault: fc.constantFrom(undefined, undefined, 'append', 'apply', 'raise'),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), async (batches) => {
          const model = new Model()
          let rig = new ConsumerRig()
          for (const { asks, fault } of batches) {
            asks.forEach((each) => model.ask(each))
            failOnce(rig, fault)
            await send(rig, ...asks)
            await storeAll(rig)
            rig = next(rig)
          }
          const all = await events(rig)
          expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
          expect(all).toHaveLength(model.events)
          expect(rig.heads.seq(channelId)).toBe(model.events)
          const states = await Promise.all(texts.map((each) => messageOf(rig, each)))
          expect(states.map((state) => state && toModel(state))).toEqual(texts.map((each) => model.of(each)))
          const folded = new Map(foldMessages(all).map((message) => [message.id, message]))
          expect(texts.map((each) => folded.get(idOf(each)))).toEqual(states)
        }),
        { numRuns: 60 },
      )
    },
  )
})

/** Fails one step of a rig, once: an append behind its durable write. */
function failOnce(rig: ConsumerRig, step: string | undefined): void {
  let isOver = false
  const fail = () => {
    if (isOver) return
    isOver = true
    throw new RecadoError('unavailable', 'away')
  }
  rig.history.after = () => (step === 'append' ? fail() : undefined)
  rig.history.before = (call) => (step === 'apply' && call === 'apply' ? fail() : undefined)
  rig.heads.before = (call) => (step === 'raise' && call === 'raise' ? fail() : undefined)
}

type ModelMessage = { text: string; isDeleted: boolean; marks: string[] }

/** What commands do, said as simply as can be: one after another, each nonce once. */
class Model {
  events = 0
  readonly #messages = new Map<string, ModelMessage>()
  readonly #done = new Set<string>()

  of(ask: Ask): ModelMessage | undefined {
    return this.#messages.get(idOf(ask))
  }

  ask(ask: Ask): void {
    const id = idOf(ask)
    if (this.#done.has(id)) return
    const effect = this.#effect(ask, id)
    if (effect !== 'refused') this.#done.add(id)
    if (effect === 'event') this.events += 1
  }

  #effect({ command, by = 'ana' }: Ask, id: string): 'event' | 'nothing' | 'refused' {
    if (command.$case === 'message') {
      this.#messages.set(id, { text: command.value, isDeleted: false, marks: [] })
      return 'event'
    }
    const message = this.#messages.get(command.value.id)
    if (!message) return 'refused'
    if (command.$case === 'delete') {
      if (message.isDeleted) return 'nothing'
      Object.assign(message, { text: '', isDeleted: true, marks: [] })
      return 'event'
    }
    if (message.isDeleted) return 'refused'
    if (command.$case === 'edit') message.text = command.value.content
    if (command.$case === 'append') message.text += command.value.text
    if (command.$case !== 'react') return 'event'
    const mark = `${command.value.emoji} ${by}`
    const had = message.marks.includes(mark)
    if (had !== command.value.remove) return 'nothing'
    message.marks = had ? message.marks.filter((each) => each !== mark) : [...message.marks, mark].sort()
    return 'event'
  }
}

function toModel({ content, deletedAt, reactions }: Message): ModelMessage {
  const marks = reactions
    .flatMap(({ emoji, userIds }) => userIds.map((userId) => `${emoji} ${userId}`))
    .sort()
  return { text: content, isDeleted: deletedAt !== undefined, marks }
}

/** A copy of recent events that can be away. */
class AwayRecent extends MemoryRecent {
  isAway = false

  override async append(...runs: Parameters<Recent['append']>): Promise<void> {
    this.#pass()
    await super.append(...runs)
  }

  override async forget(channelIds: readonly string[]): Promise<void> {
    this.#pass()
    await super.forget(channelIds)
  }

  #pass(): void {
    if (this.isAway) throw new RecadoError('unavailable', 'away')
  }
}
