import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthorizeJoinsResponse, JoinWish } from '../../gen/recado/internal/v1/core_service.js'
import { ErrorCode, type Server } from '../../gen/recado/v1/types.js'
import { fromGrpcError } from '../../lib/grpc/status.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'

describe.each(profiles)('core: joins in batches (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let ana: SignedIn
  let bo: SignedIn
  let server: Server
  let channelId: string
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    ana = await program.signUp()
    bo = await program.signUp()
    server = await program.createServer(ana)
    channelId = server.announcementChannelId
  })
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })

  /** Asks in the batches given, on one stream. */
  async function ask(...batches: JoinWish[][]): Promise<AuthorizeJoinsResponse[]> {
    const { core } = program.clients
    const stream = core.open((client) => client.authorizeJoins)
    const responses: AuthorizeJoinsResponse[] = []
    stream.on('data', (response: AuthorizeJoinsResponse) => responses.push(response))
    batches.forEach((joins, index) => stream.write({ batch: index + 1, joins }))
    stream.end()
    await once(stream, 'end').catch((error: unknown) => {
      throw fromGrpcError(error)
    })
    return responses.sort((a, b) => a.batch - b.batch)
  }

  const permittedWith = (serverId: string, seq: number) => ({
    $case: 'permission',
    value: { serverId, head: { epoch: expect.any(String), seq }, position: expect.any(Number) },
  })
  const refused = {
    $case: 'refusal',
    value: {
      code: ErrorCode.ERROR_CODE_NOT_FOUND,
      reason: 'NOT_A_MEMBER',
      message: 'This channel is not there, or you are not in it.',
    },
  }

  it('decides each join of a batch, in their order, with the head and the position in the log of lost rights', async () => {
    const other = await program.createServer(bo, [ana])
    const others = other.announcementChannelId
    await ports.heads.raise([{ channelId: others, seq: 7, count: 7 }], [])

    const [response] = await ask([
      { userId: ana.id, channelId: others },
      { userId: bo.id, channelId },
      { userId: ana.id, channelId },
      { userId: ana.id, channelId: others },
      { userId: 'nobody', channelId },
      { userId: ana.id, channelId: 'nothing' },
      { userId: '', channelId: '' },
      { userId: ana.id, channelId: 'a\0b' },
    ])

    expect(response?.verdicts.map(({ outcome }) => outcome)).toEqual([
      permittedWith(other.id, 7),
      refused,
      permittedWith(server.id, 0),
      permittedWith(other.id, 7),
      ...[refused, refused, refused, refused],
    ])
  })

  it('knows a position behind every loss that it includes', async () => {
    const user = await program.signUp()
    const wish = { userId: user.id, channelId }
    const member = { serverId: server.id, userId: user.id }
    const { servers } = program.clients
    await servers.call((client) => client.addMember, member, { userId: ana.id })
    const [before] = await ask([wish])

    await servers.call((client) => client.removeMember, member, { userId: ana.id })
    const [gone] = await ask([wish])
    await servers.call((client) => client.addMember, member, { userId: ana.id })
    const [back] = await ask([wish])

    const positionIn = (response?: AuthorizeJoinsResponse) => {
      const outcome = response?.verdicts[0]?.outcome
      return outcome?.$case === 'permission' ? outcome.value.position : -1
    }
    expect(gone?.verdicts[0]?.outcome).toEqual(refused)
    expect(positionIn(back)).toBeGreaterThan(positionIn(before))
  })

  it('answers a thousand at once, an empty batch, and each of several batches', async () => {
    const wishes = Array.from({ length: 1_000 }, () => ({ userId: ana.id, channelId }))

    const responses = await ask(wishes, [], [{ userId: bo.id, channelId }])

    expect(responses.map(({ batch, verdicts }) => [batch, verdicts.length])).toEqual([
      [1, 1_000],
      [2, 0],
      [3, 1],
    ])
  })

  it('refuses more than a thousand', async () => {
    const wishes = Array.from({ length: 1_001 }, () => ({ userId: ana.id, channelId }))

    await expect(ask(wishes)).rejects.toMatchObject({ code: 'invalid_argument' })
  })
})
