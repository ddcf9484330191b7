import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RecadoError, type ErrorCode } from '../../lib/errors.js'
import type { Event } from '../../gen/recado/v1/types.js'
import type { Candidate } from '../../gen/recado/v1/messages_service.js'
import { body, ConsumerRig, permit, permitAll, refuse } from '../support/consumer-rig.js'

/** What an adapter lets through as it is. */
const sqlError = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code })

/** Throws at the first `times` calls. */
function failing(times: number, fault: unknown): () => void {
  let calls = 0
  return () => {
    if (++calls <= times) throw fault
  }
}

const textOf = ({ what }: Event) => (what?.$case === 'message' ? what.value.content : '')

describe('a fault while messages are stored', () => {
  let rig: ConsumerRig

  beforeEach(() => {
    rig = new ConsumerRig()
  })
  afterEach(() => rig.stop())

  const isEmpty = (...partitions: number[]) =>
    expect.poll(() => partitions.map((each) => rig.queue.depth(each))).toEqual(partitions.map(() => 0))
  const outcomes = () => rig.outcomes.map(({ result }) => result?.$case)
  const metric = async (name: string) => (await rig.registry.getSingleMetric(name)?.get())?.values

  describe('that passes holds all of them, buries none and keeps the order', () => {
    const stored = async () => {
      await isEmpty(0)
      expect(rig.queue.dead).toEqual([])
      expect(rig.history.texts('c')).toEqual(['a', 'b', 'c'])
      expect(rig.heads.seq('c')).toBe(3)
      expect(outcomes()).toEqual(['stored', 'stored', 'stored'])
    }

    it.each<ErrorCode>([
      'unauthenticated',
      'internal',
      'unimplemented',
      'permission_denied',
      'failed_precondition',
      'not_found',
      'invalid_argument',
      'unavailable',
    ])('core answers %s', async (code) => {
      const fail = failing(12, new RecadoError(code, 'x', { retryable: false }))
      rig = new ConsumerRig({
        validator: {
          async submit(candidates) {
            fail()
            return permitAll(candidates)
          },
        },
      })
      await rig.send(0, 'c', 'a', 'b', 'c')
      rig.start(0)
      await stored()
    })

    it.each(['25006', '40P01', '55P03', '58030', 'XX000', '42P01', '57P03', '53100'])(
      'PostgreSQL answers %s to the heads',
      async (code) => {
        rig.heads.before = failing(12, sqlError(code))
        await rig.send(0, 'c', 'a', 'b', 'c')
        rig.start(0)
        await stored()
      },
    )

    it.each([
      ['a code that nobody knows', sqlError('XX001')],
      ['an error without one', new Error('?')],
      ['no error at all', undefined],
      ['a store that is away', new RecadoError('unavailable', 'away')],
    ])('the log answers with %s', async (_case, fault) => {
      rig.history.before = failing(12, fault)
      await rig.send(0, 'c', 'a', 'b', 'c')
      rig.start(0)
      await stored()
    })

    it('and says so when it begins, when it ends, and in a metric in between', async () => {
      rig.heads.before = () => {
        throw sqlError('25006')
      }
      await rig.send(0, 'c', 'a', 'b', 'c')
      rig.start(0)
      await expect
        .poll(async () => (await metric('recado_consumer_held_total'))?.[0]?.value)
        .toBeGreaterThan(2)
      expect(await metric('recado_consumer_held_seconds')).toEqual([
        { labels: { queue: '0', work: 'store' }, value: expect.any(Number) },
      ])

      rig.heads.before = () => undefined
      await stored()

      expect(await metric('recado_consumer_held_seconds')).toEqual([])
      expect(rig.lines.filter(({ level }) => level > 20).map(({ msg }) => msg)).toEqual([
        'held until a fault has passed',
        'no longer held',
      ])
    })
  })

  describe('that is a message’s own buries that message alone', () => {
    const refusePoison = (fault: unknown) => (call: string, events: readonly unknown[] | string) => {
      if (call === 'append' && (events as Event[]).some((event) => textOf(event).startsWith('poison')))
        throw fault
    }

    it.each([
      ['the log refuses its data', sqlError('22021')],
      ['the log refuses its data in the port’s words', new RecadoError('invalid_argument', 'No.')],
      ['our step stumbles', new TypeError('x is undefined')],
    ])('%s', async (_case, fault) => {
      rig.history.before = refusePoison(fault)
      await rig.send(0, 'c', 'a', 'poison 1', 'b', 'c', 'poison 2')
      await rig.send(1, 'd', 'x', 'y')
      rig.start(0, 1)
      await isEmpty(0, 1)

      expect(rig.history.texts('c')).toEqual(['a', 'b', 'c'])
      expect(rig.history.texts('d')).toEqual(['x', 'y'])
      expect(rig.queue.dead.map(({ body }) => JSON.parse(body.toString()).message)).toEqual([
        'poison 1',
        'poison 2',
      ])
      expect(rig.queue.dead[0]?.reason).toContain(fault.message.slice(0, 2))
      expect(outcomes().filter((outcome) => outcome === 'refused')).toHaveLength(2)
      expect(rig.heads.refused).toHaveLength(2)
    })

    it('and one that cannot be read', async () => {
      await rig.queue.publish(0, Buffer.from('not JSON'))
      await rig.send(0, 'c', 'a')
      rig.start(0)
      await isEmpty(0)
      expect(rig.queue.dead).toMatchObject([{ reason: expect.stringMatching(/JSON/) }])
      expect(rig.history.texts('c')).toEqual(['a'])
    })

    it('and does not try a dead letter for ever that can never be one', async () => {
      rig.queue.before = (call, body) => {
        if (call === 'bury' && body.length > 100) throw new RecadoError('invalid_argument', 'Too large.')
      }
      await rig.queue.publish(0, Buffer.alloc(300_000, 'x'))
      await rig.queue.publish(0, Buffer.alloc(50, 'x'))
      rig.start(0)
      await isEmpty(0)
      expect(rig.queue.dead).toHaveLength(1)
      expect(rig.said('a message is given up: it cannot be buried')).toHaveLength(1)
    })

    it('and none while it stops: what a step stumbles over then comes again', async () => {
      let fail = () => {}
      const failing = new Promise<never>(
        (_, reject) => (fail = () => reject(new TypeError('x is undefined'))),
      )
      rig.history.before = (call) => call === 'append' && failing
      await rig.send(0, 'c', 'a')
      rig.start(0)
      await expect.poll(() => rig.history.calls).toContain('append')

      const stopped = rig.stop()
      fail()
      await stopped

      expect(rig.queue.dead).toEqual([])
      expect(rig.queue.depth(0)).toBe(1)
    })

    it('of which only the head is buried where the queue does not take it whole', async () => {
      rig.queue.before = (call, body) => {
        if (call === 'bury' && body.length > 5_000) throw new RecadoError('invalid_argument', 'Too large.')
      }
      await rig.queue.publish(0, Buffer.alloc(25_000_000, 0xff))
      rig.start(0)
      await isEmpty(0)
      expect(rig.queue.dead).toMatchObject([{ reason: 'It could not be buried whole.' }])
      expect(rig.queue.dead[0]?.body).toHaveLength(4_096)
    })

    it('and never one that is in the log: it is held until its head is raised', async () => {
      rig.heads.before = (call) => {
        if (call === 'raise') throw sqlError('22008')
      }
      await rig.send(0, 'c', 'a')
      rig.start(0)
      await expect.poll(() => rig.said('held until a fault has passed')).toHaveLength(1)
      expect(rig.queue.dead).toEqual([])

      rig.heads.before = () => undefined
      await isEmpty(0)
      expect(rig.heads.seq('c')).toBe(1)
      expect(outcomes()).toEqual(['stored'])
    })

    it('nor one that got there although the append failed', async () => {
      rig.history.after = () => {
        throw new TypeError('the answer cannot be read')
      }
      await rig.send(0, 'c', 'a')
      rig.start(0)
      await isEmpty(0)
      expect(rig.queue.dead).toEqual([])
      expect(rig.heads.seq('c')).toBe(1)
      expect(outcomes()).toEqual(['stored'])
    })
  })

  describe('when the consumer stops', () => {
    it('during an outage, it gives the partitions up at once; what is unsettled stays in the queue', async () => {
      rig.history.before = () => {
        throw new RecadoError('unavailable', 'away')
      }
      await rig.send(0, 'c', 'a', 'b')
      rig.start(0)
      await expect.poll(() => rig.said('held until a fault has passed')).toHaveLength(1)

      const askedAt = performance.now()
      await rig.stop()

      expect(performance.now() - askedAt).toBeLessThan(4_000)
      expect(rig.queue.line(0)).toHaveLength(2)
      expect(rig.queue.dead).toEqual([])
    })

    it('while the dead letters are away, it does not wait for them', async () => {
      rig.queue.before = (call) => {
        if (call === 'bury') throw new RecadoError('unavailable', 'away')
      }
      await rig.queue.publish(0, Buffer.from('not JSON'))
      rig.start(0)
      await expect.poll(() => rig.said('held until a fault has passed')).toHaveLength(1)

      await rig.stop()

      expect(rig.queue.line(0)).toHaveLength(1)
    })

    it('what is being written is finished first', async () => {
      let goOn = () => {}
      rig.history.after = () => new Promise<void>((resolve) => (goOn = resolve))
      await rig.send(0, 'c', 'a')
      rig.start(0)
      await expect.poll(() => rig.history.texts('c')).toEqual(['a'])

      const stopped = rig.stop()
      goOn()
      await stopped

      expect(rig.queue.depth(0)).toBe(0)
      expect(outcomes()).toEqual(['stored'])
    })
  })

  describe('of the dead letters', () => {
    const deadAreFull = (call: string) => {
      if (call === 'bury') throw new RecadoError('resource_exhausted', 'The queue is full.')
    }

    it('holds up nobody: neither what follows in the partition nor other partitions', async () => {
      const submit = async (asked: readonly Candidate[]) =>
        asked.map(({ content }) => (content === 'refused' ? refuse() : permit()))
      rig = new ConsumerRig({ validator: { submit } })
      rig.queue.before = deadAreFull
      await rig.queue.publish(0, Buffer.from('not JSON'))
      await rig.queue.publish(1, body('nowhere', 'refused', { origin: '' }))
      await rig.send(0, 'c', 'a', 'b')
      await rig.send(1, 'd', 'x')
      rig.start(0, 1)
      await expect.poll(() => [rig.history.texts('c'), rig.history.texts('d')]).toEqual([['a', 'b'], ['x']])
      expect(outcomes()).toEqual(['stored', 'stored', 'stored'])

      rig.queue.before = () => undefined
      await isEmpty(0, 1)
      expect(rig.queue.dead.map(({ reason }) => reason)).toContain('no member')
      expect(rig.queue.dead).toHaveLength(2)
    })

    it('that hold too many makes what follows in that partition wait, and no other', async () => {
      rig.queue.before = deadAreFull
      for (let poison = 0; poison < 201; poison++) await rig.queue.publish(0, Buffer.from('not JSON'))
      await rig.send(0, 'c', 'a')
      await rig.send(1, 'd', 'x')
      rig.start(0, 1)
      await expect.poll(() => rig.history.texts('d')).toEqual(['x'])
      expect(rig.history.texts('c')).toEqual([])

      rig.queue.before = () => undefined
      await isEmpty(0, 1)
      expect(rig.history.texts('c')).toEqual(['a'])
      expect(rig.queue.dead).toHaveLength(201)
    })
  })
})
