import { sql } from 'kysely'
import { column } from '../../database/column.js'
import type { Database } from '../../database/database.js'
import type { ErrorCode } from '../../../gen/recado/v1/types.js'
import type { ChannelHead, HeadRaise, Heads, RefusalRecord } from '../heads.js'

type RefusalRow = {
  id: string
  attempt: string
  channel_id: string
  code: ErrorCode
  reason: string
  message: string
}

/** The port over the relational database, whichever that is. Each call is one statement, which is atomic by itself. */
export class DatabaseHeads implements Heads {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async read(channelIds: readonly string[]): Promise<Map<string, ChannelHead>> {
    const { rows } = await this.#database.read((handle) =>
      sql<ChannelHead>`
        select id as "channelId", epoch, head_seq as seq, message_count as count
        from channels where id = any(${channelIds}::text[])`.execute(handle),
    )
    return new Map(rows.map((head) => [head.channelId, head]))
  }

  async raise(raises: readonly HeadRaise[], refusals: readonly RefusalRecord[]): Promise<void> {
    const statement = raising(raises, refusals)
    await this.#database.read((handle) => statement.execute(handle))
  }

  async refusals(attempts: readonly { id: string; attempt: string }[]): Promise<RefusalRecord[]> {
    const ids = attempts.map((tried) => tried.id)
    const tries = attempts.map((tried) => tried.attempt)
    const { rows } = await this.#database.read((handle) =>
      sql<RefusalRow>`
        select distinct id, attempt, channel_id, code, reason, message
        from refusals join unnest(${ids}::text[], ${tries}::text[]) as asked (id, attempt) using (id, attempt)
        where created_at > now() - interval '1 day'`.execute(handle),
    )
    return rows.map(({ channel_id, ...rest }) => ({ ...rest, channelId: channel_id }))
  }

  async forget(): Promise<void> {
    await this.#database.read((handle) =>
      sql`delete from refusals where created_at <= now() - interval '1 day'`.execute(handle),
    )
  }
}

/**
 * Raises and refusals in one statement. The rows to be raised are locked in the order of their ids first, so that two callers with
 * some channels in common wait for each other in turn, never in a circle; so are the rows of those who have read what they wrote.
 */
function raising(raises: readonly HeadRaise[], refusals: readonly RefusalRecord[]) {
  const senders = raises.flatMap(({ channelId, senders = [] }) =>
    senders.map((sender) => ({ channelId, ...sender })),
  )
  return sql`
    with raise as (
      select * from unnest(
        ${column('text', raises, (raise) => raise.channelId)},
        ${column('int8', raises, (raise) => raise.seq)},
        ${column('int8', raises, (raise) => raise.count)},
        ${column('text', raises, (raise) => raise.lastMessage?.id ?? null)},
        ${column('timestamptz', raises, (raise) => raise.lastMessage?.at ?? null)}
      ) as raise (id, seq, count, message_id, message_at)
    ), locked as (
      select channels.id, raise.seq, raise.count, raise.message_id, raise.message_at
      from channels join raise on raise.id = channels.id
      where raise.seq > channels.head_seq
      order by channels.id for no key update of channels
    ), raised as (
      update channels set
        head_seq = locked.seq,
        message_count = locked.count,
        last_message_id = coalesce(locked.message_id, last_message_id),
        last_message_at = coalesce(locked.message_at, last_message_at)
      from locked where channels.id = locked.id
    ), read as (
      insert into read_states (channel_id, user_id, read_seq, read_count)
      select sender.channel_id, sender.user_id, sender.seq, sender.count from unnest(
        ${column('text', senders, ({ channelId }) => channelId)},
        ${column('text', senders, ({ userId }) => userId)},
        ${column('int8', senders, ({ seq }) => seq)},
        ${column('int8', senders, ({ count }) => count)}
      ) as sender (channel_id, user_id, seq, count)
      join locked on locked.id = sender.channel_id
      order by sender.channel_id, sender.user_id
      on conflict (channel_id, user_id) do update
        set read_seq = excluded.read_seq, read_count = excluded.read_count
        where read_states.read_seq < excluded.read_seq
    )
    insert into refusals (id, attempt, channel_id, code, reason, message)
    select * from unnest(
      ${column('text', refusals, (refusal) => refusal.id)},
      ${column('text', refusals, (refusal) => refusal.attempt)},
      ${column('text', refusals, (refusal) => refusal.channelId)},
      ${column('int4', refusals, (refusal) => refusal.code)},
      ${column('text', refusals, (refusal) => refusal.reason)},
      ${column('text', refusals, (refusal) => refusal.message)}
    )
    on conflict do nothing`
}
