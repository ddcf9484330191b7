import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { newAttempt } from '../../contract/ids.js'
import {
  Candidate,
  CommandKind,
  type ValidateMessagesResponse,
} from '../../gen/recado/v1/messages_service.js'
import type { Server } from '../../gen/recado/v1/types.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'

describe.each(profiles)('core: slow mode (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let another: CoreProgram
  let owner: SignedIn
  let member: SignedIn
  let server: Server
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    another = await CoreProgram.start(ports)
    owner = await program.signUp()
    member = await program.signUp()
  })
  afterAll(async () => {
    await another?.[Symbol.asyncDispose]()
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })
  beforeEach(async () => {
    server = await program.createServer(owner, [member])
    await slowDown(3_600)
  })

  const slowDown = (slowModeS: number) =>
    program.clients.servers.call(
      (client) => client.updateChannel,
      { channelId: server.announcementChannelId, slowModeS },
      { userId: owner.id },
    )
  const wish = (fields: Partial<Candidate> = {}) =>
    Candidate.fromPartial({
      kind: CommandKind.COMMAND_KIND_MESSAGE,
      senderId: member.id,
      channelId: server.announcementChannelId,
      content: 'tea',
      ...fields,
    })
  const ask = async (candidates: Candidate[], from = program) => {
    const stream = from.clients.messages.open((client) => client.validateMessages)
    const answered = once(stream, 'data') as Promise<[ValidateMessagesResponse]>
    stream.write({ batch: '1', candidates })
    const [{ verdicts }] = await answered
    stream.end()
    return verdicts.map(({ outcome }) => (outcome?.$case === 'refusal' ? outcome.value : undefined))
  }
  const reasonsOf = async (candidates: Candidate[], from = program) =>
    (await ask(candidates, from)).map((refusal) => refusal?.reason ?? 'ok')
  /** As if so much time had passed since everybody's last message. */
  const passTime = (seconds: number) =>
    ports.database.read((handle) =>
      sql`update turns set taken_at = taken_at - ${seconds} * interval '1 second'`.execute(handle),
    )

  it('lets a member write once in its time, whichever core is asked, and says how long to wait', async () => {
    expect(await reasonsOf([wish()])).toEqual(['ok'])
    const [refusal] = await ask([wish()], another)

    expect(refusal).toMatchObject({ reason: 'SLOW_MODE', code: 8 })
    expect(refusal?.retryAfterMs).toBeGreaterThan(3_500_000)
    expect(refusal?.retryAfterMs).toBeLessThanOrEqual(3_600_000)
    await passTime(3_600)
    expect(await reasonsOf([wish()], another)).toEqual(['ok'])
    expect(await reasonsOf([wish()])).toEqual(['SLOW_MODE'])
  })

  it('lets a repeat through, of the last message and of earlier ones', async () => {
    expect(await reasonsOf([wish({ nonce: 'a' })])).toEqual(['ok'])
    await passTime(3_600)
    expect(await reasonsOf([wish({ nonce: 'b' })])).toEqual(['ok'])

    expect(await reasonsOf([wish({ nonce: 'a' })], another)).toEqual(['ok'])
    expect(await reasonsOf([wish({ nonce: 'b' })])).toEqual(['ok'])
    expect(await reasonsOf([wish({ nonce: 'c' })])).toEqual(['SLOW_MODE'])
  })

  it('lets one of several in a batch through, with its repeats', async () => {
    const batch = [wish({ nonce: 'a' }), wish({ nonce: 'b' }), wish({ nonce: 'a' }), wish()]

    expect(await reasonsOf(batch)).toEqual(['ok', 'SLOW_MODE', 'ok', 'SLOW_MODE'])
  })

  it('holds for nobody who may manage messages, for no change, and not behind the queue', async () => {
    const { COMMAND_KIND_REACT } = CommandKind
    expect(await reasonsOf([wish({ senderId: owner.id }), wish({ senderId: owner.id })])).toEqual([
      'ok',
      'ok',
    ])
    expect(await reasonsOf([wish(), wish({ isQueued: true })])).toEqual(['ok', 'ok'])
    expect(
      await reasonsOf([
        wish({ kind: COMMAND_KIND_REACT, emoji: '🍵', messageId: newAttempt(), content: '' }),
      ]),
    ).toEqual(['MESSAGE_NOT_FOUND'])
  })

  it('uses no turn up for what is refused otherwise, and ends when it is turned off', async () => {
    expect(await reasonsOf([wish({ content: ' ' }), wish()])).toEqual(['INVALID_ARGUMENT', 'ok'])
    expect(await reasonsOf([wish()])).toEqual(['SLOW_MODE'])
    await slowDown(0)

    expect(await reasonsOf([wish(), wish()])).toEqual(['ok', 'ok'])
  })

  it('lets one of many through who come at once through two cores, fifty times', async () => {
    for (let round = 0; round < 50; round++) {
      const all = await Promise.all([1, 2, 3, 4].map((n) => reasonsOf([wish()], n % 2 ? program : another)))
      expect(all.flat().filter((reason) => reason === 'ok')).toHaveLength(1)
      await passTime(3_600)
    }
  })
})
