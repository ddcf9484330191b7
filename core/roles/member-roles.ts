import { isId } from '../../contract/ids.js'
import { AuditAction } from '../../gen/recado/v1/moderation_service.js'
import type { AddMemberRoleRequest, RemoveMemberRoleRequest } from '../../gen/recado/v1/roles_service.js'
import type { Member } from '../../gen/recado/v1/types.js'
import type { Database } from '../../ports/database/database.js'
import { insertAuditEntry } from '../audit/audit-queries.js'
import type { Handle } from '../handle.js'
import { insertHappenings } from '../happenings/happening-queries.js'
import { readMember, rolesOf } from '../members/member-messages.js'
import { findMember, setMemberRoles, type MemberRow } from '../members/member-queries.js'
import { memberNotFound } from '../members/member-rules.js'
import { demandAbove, demandGivable } from '../rights/ranks.js'
import { demandAboveUser, requireLockedServer, type MembersServer } from '../servers/server-access.js'
import { tellMemberChange } from './role-changes.js'
import { listRoles, type RoleRow } from './role-queries.js'
import { assertRoomForMembersRole, isEveryone, roleNotFound } from './role-rules.js'

/** A role of a member that is being given or taken. */
type Case = { server: MembersServer; member: MemberRow; role: RoleRow; held: RoleRow[] }

/** Gives members roles, and takes them. */
export class MemberRoles {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Gives a member a role; nothing changes for one who has it.
   * @throws `not_found`, `permission_denied`, `failed_precondition`, `resource_exhausted`
   */
  add(actorId: string, request: AddMemberRoleRequest): Promise<Member> {
    return this.#change(actorId, request, async (transaction, { server, member, role, held }) => {
      if (held.includes(role)) return member
      demandGivable(server.permissions, role.permissions)
      assertRoomForMembersRole(held.length)
      const action = AuditAction.AUDIT_ACTION_MEMBER_ROLE_ADDED
      return this.#write(transaction, { actorId, action, member }, [...held, role])
    })
  }

  /**
   * Takes a role from a member; nothing changes for one who has it not.
   * @throws `not_found`, `permission_denied`, `failed_precondition`
   */
  remove(actorId: string, request: RemoveMemberRoleRequest): Promise<Member> {
    return this.#change(actorId, request, async (transaction, { member, role, held }) => {
      if (!held.includes(role)) return member
      const action = AuditAction.AUDIT_ACTION_MEMBER_ROLE_REMOVED
      const others = held.filter((each) => each !== role)
      return this.#write(transaction, { actorId, action, member }, others)
    })
  }

  #change(
    actorId: string,
    { serverId, userId, roleId }: AddMemberRoleRequest,
    change: (transaction: Handle, found: Case) => Promise<MemberRow>,
  ): Promise<Member> {
    return this.#database.write(async (transaction) => {
      const server = await requireLockedServer(transaction, serverId, actorId, 'manage_roles')
      if (roleId === serverId) throw isEveryone()
      const roles = await listRoles(transaction, serverId)
      const role = roles.find(({ id }) => id === roleId)
      if (!role) throw roleNotFound()
      const member = isId(userId) ? await findMember(transaction, serverId, userId) : undefined
      if (!member) throw memberNotFound()
      demandAbove(server.rank, role.position, 'role')
      // One's own roles below the highest are one's own to give and take.
      if (actorId !== userId) await demandAboveUser(transaction, server, userId)
      const row = await change(transaction, { server, member, role, held: rolesOf(member, roles) })
      const changed = await readMember(transaction, row)
      const what = { $case: 'memberUpdated' as const, value: changed }
      if (row !== member) await insertHappenings(transaction, [{ topic: `server:${serverId}`, what }])
      return changed
    })
  }

  /** An override may deny what is given, so that giving a role takes rights away as well as taking it. */
  async #write(
    transaction: Handle,
    { actorId, action, member }: { actorId: string; action: AuditAction; member: MemberRow },
    roles: readonly RoleRow[],
  ): Promise<MemberRow> {
    const { server_id: serverId, user_id: userId } = member
    const row = await setMemberRoles(
      transaction,
      member,
      roles.map(({ id }) => id),
    )
    await insertAuditEntry(transaction, { serverId, actorId, action, targetId: userId })
    await tellMemberChange(transaction, serverId, userId)
    return row
  }
}
