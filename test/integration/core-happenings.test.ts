import { once } from 'node:events'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertHappenings, type Told } from '../../core/happenings/happening-queries.js'
import { HappeningLog } from '../../core/happenings/happening-log.js'
import type {
  AuthorizeJoinsResponse,
  JoinVerdict,
  JoinWish,
} from '../../gen/recado/internal/v1/core_service.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'

describe.each(profiles)('happenings: %s', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let ana: SignedIn
  let bo: SignedIn

  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    ana = await program.signUp()
    bo = await program.signUp()
  }, 60_000)
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  }, 30_000)

  const list = (after?: number) => program.clients.core.call((client) => client.listHappenings, { after })
  const tell = (...told: Told[]) => ports.database.write((handle) => insertHappenings(handle, told))
  const left = (userId: string, serverId: string): Told => ({
    topic: `user:${userId}`,
    what: { $case: 'serverLeft', value: { serverId } },
  })
  const join = async (...joins: JoinWish[]): Promise<JoinVerdict[]> => {
    const stream = program.clients.core.open((client) => client.authorizeJoins)
    const answered = once(stream, 'data') as Promise<[AuthorizeJoinsResponse]>
    stream.write({ batch: 1, joins })
    stream.end()
    return (await answered)[0].verdicts
  }

  it('are read in their order, in pages, from a position', async () => {
    const { position } = await list()
    await tell(left(ana.id, 's1'), left(bo.id, 's2'))
    await tell(...Array.from({ length: 1_000 }, (_, nth) => left(ana.id, `s${nth}`)))

    const first = await list(position)
    const second = await list(first.position)

    expect(first).toMatchObject({ hasMore: true, position: first.happenings.at(-1)?.position })
    expect(first.happenings.slice(0, 2)).toMatchObject([
      { topic: `user:${ana.id}`, what: { $case: 'serverLeft', value: { serverId: 's1' } } },
      { topic: `user:${bo.id}`, what: { $case: 'serverLeft', value: { serverId: 's2' } } },
    ])
    expect(second.happenings).toHaveLength(2)
    expect(second.hasMore).toBe(false)
  })

  it('become visible in the order of their positions, whichever transaction ends first', async () => {
    const { position } = await list()
    const seen: number[] = []
    const writing = Promise.all(Array.from({ length: 20 }, (_, nth) => tell(left(ana.id, `${nth}`))))
    let isWriting = true
    void writing.finally(() => (isWriting = false))
    for (let after = position, rounds = 0; isWriting || rounds < 1;) {
      if (!isWriting) rounds++
      const page = await list(after)
      seen.push(...page.happenings.map((each) => each.position))
      after = page.position
    }
    await writing

    expect(seen).toHaveLength(20)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })

  it('tell both of a new direct, once', async () => {
    const { position } = await list()
    for (const [by, other] of [
      [ana, bo],
      [bo, ana],
    ] as const)
      await program.clients.directs.call(
        (client) => client.openDirect,
        { userId: other.id },
        { userId: by.id },
      )

    const { happenings } = await list(position)

    expect(happenings).toHaveLength(2)
    const [low, high] = [ana, bo].sort((a, b) => (a.id < b.id ? -1 : 1))
    expect(happenings).toMatchObject([
      { topic: `user:${low!.id}`, what: { $case: 'directNew', value: { users: [{ id: high!.id }] } } },
      { topic: `user:${high!.id}`, what: { $case: 'directNew', value: { users: [{ id: low!.id }] } } },
    ])
  })

  it('tell who joins whether the topic has told something since', async () => {
    const server = await program.createServer(ana, [])
    const { position } = await list()
    const own = { userId: ana.id, channelId: '', own: true }
    const ofServer = { userId: ana.id, channelId: '', serverId: server.id }
    await tell(left(bo.id, 's'), {
      topic: `server:${server.id}`,
      what: {
        $case: 'memberLeft',
        value: { userId: bo.id, joinedAt: undefined, roleIds: [], user: undefined },
      },
    })

    const verdicts = await join(
      own,
      { ...own, since: position },
      { ...ofServer, since: position },
      { ...ofServer, since: position + 1_000_000 },
      { ...ofServer, userId: bo.id },
      { userId: ana.id, channelId: server.announcementChannelId },
    )

    const missed = verdicts.map(({ outcome }) =>
      outcome?.$case === 'permission' ? outcome.value.start?.hasMissed : outcome?.value.reason,
    )
    expect(missed).toEqual([true, false, true, false, 'NOT_A_MEMBER', undefined])
    expect(verdicts[0]?.outcome?.value).toMatchObject({
      start: { position: position + 2, serverIds: expect.arrayContaining([server.id]) },
    })
  })

  it('are forgotten after an hour, and who is further behind is told', async () => {
    const { position } = await list()
    await tell(left(ana.id, 'a'), left(ana.id, 'b'))
    await ports.database.read((handle) =>
      sql`update happenings set created_at = now() - interval '61 minutes'`.execute(handle),
    )

    await new HappeningLog(ports.database).forget(new AbortController().signal)

    await expect(list(position)).rejects.toMatchObject({
      code: 'failed_precondition',
      reason: 'HAPPENINGS_TRIMMED',
    })
    const [verdict] = await join({ userId: bo.id, channelId: '', own: true, since: position })
    expect(verdict?.outcome?.value).toMatchObject({ start: { hasMissed: true, position: position + 2 } })
    expect((await list(position + 1)).happenings).toHaveLength(1)
  })
})
