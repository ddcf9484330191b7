import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { MemberPermission, type Server } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { forgetAuditEntries } from '../../core/audit/audit-queries.js'
import { forgetTurns } from '../../core/messages/turn-queries.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram, type SignedIn } from './core-program.js'

const { MEMBER_PERMISSION_VIEW_CHANNEL: VIEW, MEMBER_PERMISSION_SEND_MESSAGES: SEND } = MemberPermission

/** What is tried so often may not end otherwise once. */
const ROUNDS = 50

describe.each(profiles)('core: communities (%s)', (profile) => {
  let ports: CorePorts
  let program: CoreProgram
  let another: CoreProgram
  let owner: SignedIn
  let member: SignedIn
  let crowd: SignedIn[]
  let server: Server
  let roles: Record<string, string>
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    program = await CoreProgram.start(ports)
    another = await CoreProgram.start(ports)
    owner = await program.signUp()
    member = await program.signUp()
    crowd = [await program.signUp(), await program.signUp(), await program.signUp()]
  }, 60_000)
  afterAll(async () => {
    await another?.[Symbol.asyncDispose]()
    await program?.[Symbol.asyncDispose]()
    await ports?.close()
  })
  beforeEach(async () => {
    server = await program.createServer(owner, [member])
    roles = Object.fromEntries(server.roles.map(({ name, id }) => [name, id]))
  })

  const by = ({ id }: SignedIn) => ({ userId: id })
  const createInvite = async (maxUses?: number) => {
    const request = { serverId: server.id, maxUses, requestId: '' }
    const { invites } = program.clients
    const { invite } = await invites.call((client) => client.createInvite, request, by(owner))
    return invite?.code ?? ''
  }
  const accept = (who: SignedIn, code: string, from = program) =>
    reasonOf(from.clients.invites.call((client) => client.acceptInvite, { code }, by(who)))
  const ban = (who: SignedIn, from = program) => {
    const request = { serverId: server.id, userId: who.id }
    return reasonOf(from.clients.moderation.call((client) => client.banUser, request, by(owner)))
  }
  const unban = (who: SignedIn) => {
    const request = { serverId: server.id, userId: who.id }
    return reasonOf(program.clients.moderation.call((client) => client.unbanUser, request, by(owner)))
  }
  const kick = (who: SignedIn, actor = owner) => {
    const request = { serverId: server.id, userId: who.id }
    return reasonOf(program.clients.servers.call((client) => client.removeMember, request, by(actor)))
  }
  const setOverride = (roleId: string, allow: MemberPermission[], deny: MemberPermission[]) => {
    const request = { channelId: server.announcementChannelId, roleId, allow, deny }
    return program.clients.roles.call((client) => client.setOverride, request, by(owner))
  }
  const give = (who: SignedIn, roleId: string) => {
    const request = { serverId: server.id, userId: who.id, roleId }
    return reasonOf(program.clients.roles.call((client) => client.addMemberRole, request, by(owner)))
  }
  const mayJoin = (who: SignedIn) => reasonOf(program.authorizeJoin(who.id, server.announcementChannelId))
  const countMembers = async () => {
    const { rows } = await ports.database.read((handle) =>
      sql<{ counted: number; kept: number }>`
        select (select count(*) from members where server_id = ${server.id}) as counted, member_count as kept
        from servers where id = ${server.id}`.execute(handle),
    )
    return rows[0]
  }
  const position = async () =>
    (await program.clients.core.call((client) => client.listRevocations, {})).position
  const lostSince = async (after: number) =>
    (await program.clients.core.call((client) => client.listRevocations, { after })).revocations.map(
      ({ lost }) => lost,
    )

  it('lets in as many at once as an invite has uses left, fifty times', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const code = await createInvite(1)
      const [first, second] = crowd as [SignedIn, SignedIn]

      const ends = await Promise.all([accept(first, code), accept(second, code, another)])

      expect(ends.sort()).toEqual(['INVITE_NOT_FOUND', 'ok'])
      expect(await countMembers()).toEqual({ counted: 3, kept: 3 })
      await Promise.all([kick(first), kick(second)])
    }
  }, 120_000)

  it('keeps a banned user out, whichever of ban and join comes first, fifty times', async () => {
    const [who] = crowd as [SignedIn]
    const code = await createInvite()
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([accept(who, code, another), ban(who)])

      expect(await mayJoin(who)).toBe('NOT_A_MEMBER')
      expect(await countMembers()).toEqual({ counted: 2, kept: 2 })
      await unban(who)
    }
  }, 120_000)

  it('counts members right, though one comes and goes by several ways at once, fifty times', async () => {
    const [who] = crowd as [SignedIn]
    const code = await createInvite()
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([accept(who, code), accept(who, code, another), kick(who), kick(who, who)])

      const count = await countMembers()
      expect(count?.kept).toBe(count?.counted)
      await kick(who)
    }
  }, 120_000)

  it('refuses an invite that has expired, and forgets it for the next one', async () => {
    const code = await createInvite()
    await ports.database.read((handle) =>
      sql`update invites set expires_at = now() - interval '1 second' where code = ${code}`.execute(handle),
    )

    expect(await accept(crowd[0] as SignedIn, code)).toBe('INVITE_NOT_FOUND')
    await createInvite()
    const { rows } = await ports.database.read((handle) =>
      sql`select from invites where code = ${code}`.execute(handle),
    )
    expect(rows).toEqual([])
  })

  it('makes one invite or role on a repeated request', async () => {
    const { invites, roles } = program.clients
    const invite = { serverId: server.id, requestId: `i-${server.id}` }
    const role = { serverId: server.id, name: 'x', permissions: [], requestId: `r-${server.id}` }

    const codes = [1, 2].map(() => invites.call((client) => client.createInvite, invite, by(owner)))
    const ids = [1, 2].map(() => roles.call((client) => client.createRole, role, by(owner)))

    expect(new Set((await Promise.all(codes)).map(({ invite }) => invite?.code)).size).toBe(1)
    expect(new Set((await Promise.all(ids)).map(({ role }) => role?.id)).size).toBe(1)
  })

  it('tells the log of lost rights whom a change concerns, and of no change that takes nothing', async () => {
    const serverId = server.id
    const channelId = server.announcementChannelId
    await give(member, roles.moderator ?? '')
    const before = await position()

    await setOverride(serverId, [], [SEND])
    await setOverride(roles.admin ?? '', [], [VIEW])
    await setOverride(roles.moderator ?? '', [], [VIEW])
    await setOverride(roles.moderator ?? '', [VIEW], [])
    await setOverride(serverId, [], [SEND, VIEW])

    expect(await lostSince(before)).toEqual([
      { $case: 'rightsChanged', value: { serverId, userId: member.id, channelId } },
      { $case: 'rightsChanged', value: { serverId, userId: '', channelId } },
    ])
  })

  it('decides joins by roles and overrides', async () => {
    expect(await mayJoin(member)).toBe('ok')
    await setOverride(server.id, [], [VIEW])
    expect(await mayJoin(member)).toBe('NOT_A_MEMBER')
    expect(await mayJoin(owner)).toBe('ok')
    await setOverride(roles.moderator ?? '', [VIEW], [])
    expect(await mayJoin(member)).toBe('NOT_A_MEMBER')
    await give(member, roles.moderator ?? '')
    expect(await mayJoin(member)).toBe('ok')
    const request = { serverId: server.id, roleId: roles.moderator ?? '' }
    await program.clients.roles.call((client) => client.deleteRole, request, by(owner))

    expect(await mayJoin(member)).toBe('NOT_A_MEMBER')
    const listed = await program.clients.servers.call(
      (client) => client.listMembers,
      { serverId: server.id, pageSize: 0, pageToken: '' },
      by(owner),
    )
    expect(listed.members.map(({ roleIds }) => roleIds)).toEqual([[], []])
  })

  it('holds the limit of roles when two come at once', async () => {
    await ports.database.read((handle) =>
      sql`insert into roles (id, server_id, name, permissions, position)
        select ${server.id} || n, ${server.id}, 'role', 0, n + 2 from generate_series(1, 246) as n`.execute(
        handle,
      ),
    )
    const request = { serverId: server.id, name: 'one more', permissions: [], requestId: '' }
    const create = (from: CoreProgram) =>
      reasonOf(from.clients.roles.call((client) => client.createRole, request, by(owner)))

    expect((await Promise.all([create(program), create(another)])).sort()).toEqual(['TOO_MANY_ROLES', 'ok'])
  })

  it('holds the limits of overrides, invites, bans and roles of a member', async () => {
    const run = (statement: ReturnType<typeof sql>) =>
      ports.database.read((handle) => statement.execute(handle))
    const role = (n: number) => `${server.id}-${n}`
    await run(sql`insert into roles (id, server_id, name, permissions, position)
      select ${server.id} || '-' || n, ${server.id}, 'role', 0, n + 2 from generate_series(1, 101) as n`)
    await run(sql`insert into overrides (channel_id, role_id, allow, deny)
      select ${server.announcementChannelId}, ${server.id} || '-' || n, 1, 0 from generate_series(1, 100) as n`)
    await run(sql`update members set role_ids = array(select ${server.id} || '-' || n from generate_series(1, 50) as n)
      where server_id = ${server.id} and user_id = ${member.id}`)
    await run(sql`insert into invites (code, server_id, created_by, max_uses)
      select ${server.id} || n, ${server.id}, ${owner.id}, case n when 1 then 0 end from generate_series(1, 1000) as n`)
    await run(sql`insert into bans (server_id, user_id, banned_by)
      select ${server.id}, 'nobody ' || n, ${owner.id} from generate_series(1, 10000) as n`)

    expect(await reasonOf(setOverride(role(101), [VIEW], []))).toBe('TOO_MANY_OVERRIDES')
    expect(await reasonOf(setOverride(role(100), [], [SEND]))).toBe('ok')
    expect(await give(member, role(51))).toBe('TOO_MANY_ROLES_OF_MEMBER')
    expect(await give(member, role(50))).toBe('ok')
    // One of the thousand was used up, and has made room.
    expect(await reasonOf(createInvite())).toBe('ok')
    expect(await reasonOf(createInvite())).toBe('TOO_MANY_INVITES')
    expect(await ban(crowd[0] as SignedIn)).toBe('TOO_MANY_BANS')
  })

  it('forgets what was done 90 days ago, and whose turn was when six hours ago', async () => {
    const run = (statement: ReturnType<typeof sql>) =>
      ports.database.read((handle) => statement.execute(handle))
    await createInvite()
    await createInvite()
    await run(sql`update audit_entries set created_at = now() - interval '91 days' where id = (
      select min(id) from audit_entries where server_id = ${server.id})`)
    await run(sql`insert into turns (channel_id, user_id, taken_at)
      values (${server.id}, 'a', now() - interval '7 hours'), (${server.id}, 'b', now())`)

    expect(await ports.database.read((handle) => forgetAuditEntries(handle, 100))).toBe(1)
    expect(await ports.database.read((handle) => forgetTurns(handle, 100))).toBe(1)
    const listed = await program.clients.moderation.call(
      (client) => client.listAuditEntries,
      { serverId: server.id, pageSize: 0, pageToken: '' },
      by(owner),
    )
    expect(listed.entries).toHaveLength(1)
  })
})

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'ok'
  } catch (error) {
    return RecadoError.from(error).reason
  }
}
