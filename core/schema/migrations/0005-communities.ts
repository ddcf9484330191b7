import { sql, type Kysely } from 'kysely'
import type { Schema } from '../../../ports/database/schema.js'
import { newId } from '../../../contract/ids.js'
import { builtInRoles, EVERYONE_PERMISSIONS } from '../../roles/built-in-roles.js'

/** Roles and overrides, invites, bans, slow mode and the audit log; the servers that are there get the roles of new ones. */
export async function up(handle: Kysely<Schema>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(handle)
  await addBuiltInRoles(handle)
}

/** Servers that get their roles in one statement. */
const BATCH = 1_000

// What everyone may stands in the rows that are read anyway, so that deciding about most members reads nothing more.
const statements = [
  `alter table servers
    add column everyone_permissions int4 not null default ${EVERYONE_PERMISSIONS},
    add column member_count int4 not null default 0`,
  `update servers set member_count = (select count(*) from members where server_id = servers.id)`,
  `alter table channels
    add column topic text not null default '',
    add column slow_mode_s int4 not null default 0,
    add column everyone_allow int4 not null default 0,
    add column everyone_deny int4 not null default 0`,
  // A long topic goes out of the row, which is written anew with every message.
  `alter table channels alter column topic set storage external`,
  `alter table channels set (toast_tuple_target = 512)`,
  `create table roles (
    id text primary key,
    server_id text not null references servers on delete cascade,
    name text not null,
    permissions int4 not null,
    position int4 not null
  )`,
  `create index on roles (server_id, position)`,
  // Roles that were deleted may still stand there: they permit nothing, and go with the member's next change.
  `alter table members add column role_ids text[] not null default '{}'`,
  `create index members_role_ids on members using gin (role_ids) where role_ids <> '{}'`,
  `create table overrides (
    channel_id text not null references channels on delete cascade,
    role_id text not null references roles on delete cascade,
    allow int4 not null,
    deny int4 not null,
    primary key (channel_id, role_id)
  )`,
  `create index on overrides (role_id)`,
  `create table invites (
    code text primary key,
    server_id text not null references servers on delete cascade,
    created_by text not null,
    uses int4 not null default 0,
    max_uses int4,
    expires_at timestamptz,
    created_at timestamptz not null default now()
  )`,
  `create index on invites (server_id, code)`,
  `create index on invites (expires_at) where expires_at is not null`,
  `create table bans (
    server_id text not null references servers on delete cascade,
    user_id text not null,
    banned_by text not null,
    reason text,
    banned_at timestamptz not null default now(),
    primary key (server_id, user_id)
  )`,
  `create table turns (
    channel_id text not null,
    user_id text not null,
    taken_at timestamptz not null default now(),
    nonces text[] not null default '{}',
    primary key (channel_id, user_id)
  )`,
  `create index on turns (taken_at)`,
  `create table audit_entries (
    id text primary key,
    server_id text not null references servers on delete cascade,
    actor_id text not null,
    action int4 not null,
    target_id text,
    reason text,
    created_at timestamptz not null default now()
  )`,
  `create index on audit_entries (server_id, id)`,
  `create index on audit_entries (created_at)`,
  `alter table revocations drop constraint revocations_kind_check`,
  `alter table revocations add constraint revocations_kind_check
    check (kind in ('member_removed', 'signed_out', 'channel_deleted', 'server_deleted', 'rights_changed'))`,
]

async function addBuiltInRoles(handle: Kysely<Schema>): Promise<void> {
  for (let after = ''; ;) {
    const { rows } = await sql<{ id: string }>`
      select id from servers where id > ${after} order by id limit ${BATCH}`.execute(handle)
    const roles = rows.flatMap(({ id }) =>
      builtInRoles.map((role) => ({ ...role, id: newId(), server_id: id })),
    )
    if (roles.length > 0) await handle.insertInto('roles').values(roles).execute()
    if (rows.length < BATCH) return
    after = rows.at(-1)?.id ?? ''
  }
}
