import { describe, expect, it } from 'vitest'
import { decodePayload } from '../../contract/payload.js'
import { Permission, type Candidate, type Verdict } from '../../gen/recado/v1/messages_service.js'
import { ErrorCode, type Outcome } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { createLog } from '../../lib/log.js'
import { Attempts } from './attempts.js'
import { MessageSender } from './message-sender.js'
import type { Draft } from './send-message.js'

const permitted: Verdict = {
  outcome: { $case: 'permission', value: Permission.fromPartial({ serverId: 's' }) },
}
const draft: Draft = { senderId: 'u', channelId: 'c', content: 'Olá!', nonce: undefined, replyTo: undefined }
const confirmed = () => Promise.resolve()

/** A sender on a core and a broker that are functions. */
function sending(
  judge: (candidate: Candidate) => Verdict | undefined = () => permitted,
  publish: (partition: number, body: Buffer) => Promise<void> = confirmed,
  pace: () => Promise<void> = confirmed,
) {
  const asked: Candidate[] = []
  const published: Buffer[] = []
  const attempts = new Attempts(() => Promise.resolve([]), createLog({ level: 'silent', program: 'test' }))
  const sender = new MessageSender({
    validation: {
      submit: async (candidates) => {
        asked.push(...candidates)
        return candidates.map((candidate) => judge(candidate) as Verdict)
      },
    },
    queue: {
      publish: (partition, body) => {
        published.push(body)
        return publish(partition, body)
      },
    },
    attempts,
    limits: { send: () => pace() },
    origin: 'gateway-1',
    partitions: 4,
  })
  return { sender, attempts, asked, published }
}

describe('sending a message', () => {
  it('publishes what core has permitted, with what the consumer needs to answer', async () => {
    const { sender, attempts, published } = sending()

    const { id, channelId, timestamp } = await sender.send({ ...draft, nonce: 'n', replyTo: 'm' })

    expect(published.map((body) => decodePayload(body))).toMatchObject([
      {
        senderId: 'u',
        channelId: 'c',
        command: { $case: 'message', value: 'Olá!' },
        nonce: 'n',
        replyTo: 'm',
        timestamp,
        moderated: true,
        origin: 'gateway-1',
      },
    ])
    expect({ id, channelId }).toEqual({ id: expect.stringMatching(/^.{22}$/), channelId: 'c' })
    expect(attempts.size).toBe(1)
  })

  it('hands on the session, the data as it is, and the time that the sender gave', async () => {
    const { sender, asked, published } = sending()
    const data = JSON.stringify({ a: 'x'.repeat(8_184) })

    await sender.send({ ...draft, sessionId: 's', data, sentAt: '2026-01-03T12:00:00+02:00' })

    expect(published.map((body) => decodePayload(body))).toMatchObject([
      { sessionId: 's', data, sentAt: '2026-01-03T10:00:00.000Z' },
    ])
    expect(asked).toMatchObject([{ sessionId: 's' }])
  })

  it('gives a repeat with the same nonce the same id, and one without another', async () => {
    const { sender } = sending()
    const idOf = async (nonce: string | undefined) => (await sender.send({ ...draft, nonce })).id

    expect(await idOf('n')).toBe(await idOf('n'))
    expect(await idOf(undefined)).not.toBe(await idOf(undefined))
  })

  it.each<[string, Partial<Draft>, string]>([
    ['an empty channel id', { channelId: '' }, 'channel_id'],
    ['a channel id of 129 units', { channelId: 'c'.repeat(129) }, 'channel_id'],
    ['a channel id of a megabyte', { channelId: 'c'.repeat(1_000_000) }, 'channel_id'],
    ['a channel id that is not well formed', { channelId: 'c\ud800' }, 'channel_id'],
    ['an answered id of 129 units', { replyTo: 'm'.repeat(129) }, 'reply_to'],
    ['a blank text', { content: ' \u200b' }, 'content'],
    ['a text of 4,001 characters', { content: 'x'.repeat(4_001) }, 'content'],
    ['data of 8,193 bytes', { data: JSON.stringify({ a: 'x'.repeat(8_185) }) }, 'data'],
    ['data of 8,193 bytes in few characters', { data: JSON.stringify({ a: '漢'.repeat(2_729) }) }, 'data'],
    ['a clock that shows no time', { sentAt: '2026-02-30T12:00:00Z' }, 'timestamp'],
    ['an empty nonce', { nonce: '' }, 'nonce'],
    ['a nonce of 65 characters', { nonce: 'n'.repeat(65) }, 'nonce'],
  ])('asks nobody about %s', async (_case, change, field) => {
    const { sender, asked, published, attempts } = sending()

    await expect(sender.send({ ...draft, ...change })).rejects.toMatchObject({
      code: 'invalid_argument',
      details: { [field]: expect.any(String) },
    })
    expect([asked, published, attempts.size]).toEqual([[], [], 0])
  })

  it('asks core nothing for who sends too fast', async () => {
    const fast = new RecadoError('resource_exhausted', 'Too fast.')
    const { sender, asked } = sending(undefined, undefined, () => Promise.reject(fast))

    await expect(sender.send(draft)).rejects.toBe(fast)
    expect(asked).toEqual([])
  })

  it('publishes nothing that core has refused', async () => {
    const value = { code: ErrorCode.ERROR_CODE_PERMISSION_DENIED, reason: 'NOT_FOUND', message: 'Not here.' }
    const { sender, published } = sending(() => ({ outcome: { $case: 'refusal', value } }) as Verdict)

    await expect(sender.send(draft)).rejects.toMatchObject({
      code: 'permission_denied',
      message: 'Not here.',
    })
    expect(published).toEqual([])
  })

  it('publishes nothing without a verdict', async () => {
    const { sender, published } = sending(() => undefined)

    await expect(sender.send(draft)).rejects.toMatchObject({ code: 'internal' })
    expect(published).toEqual([])
  })

  it('waits for no outcome of what the broker has refused', async () => {
    const away = new RecadoError('unavailable', 'The queue is away.')
    const { sender, attempts } = sending(undefined, () => Promise.reject(away))

    await expect(sender.send(draft)).rejects.toBe(away)
    expect(attempts.size).toBe(0)
  })

  it('takes the outcome for the confirm where that is late', async () => {
    const { sender, attempts, published } = sending(undefined, () => new Promise(() => undefined))
    const sent = sender.send({ ...draft, nonce: 'n' })
    await expect.poll(() => published.length).toBe(1)
    const { attempt = '' } = decodePayload(published[0] as Buffer)
    const value = { seq: 7, timestamp: undefined, duplicate: false }

    // The id is not known before the answer, so it is taken from a twin.
    const { id } = await sending().sender.send({ ...draft, nonce: 'n' })
    attempts.settle({ id, channelId: 'c', attempt, result: { $case: 'stored', value } } as Outcome)

    expect(await (await sent).outcome).toMatchObject({ result: { value } })
  })
})
