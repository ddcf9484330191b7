import { sql } from 'kysely'
import {
  NotificationLevel,
  type SetChannelLevelRequest,
  type SetServerLevelRequest,
} from '../../gen/recado/v1/reading_service.js'
import { RecadoError } from '../../lib/errors.js'
import type { Database } from '../../ports/database/database.js'
import type { NotificationLevel as LevelName } from '../../ports/database/schema.js'
import { requireChannel } from '../channels/channel-access.js'
import { requireServer } from '../servers/server-access.js'

const levels: Readonly<Record<LevelName, NotificationLevel>> = {
  all: NotificationLevel.NOTIFICATION_LEVEL_ALL,
  mentions: NotificationLevel.NOTIFICATION_LEVEL_MENTIONS,
  none: NotificationLevel.NOTIFICATION_LEVEL_NONE,
}

/** A level as it is sent. */
export function toLevel(name: LevelName): NotificationLevel {
  return levels[name]
}

/** A level as it is kept; undefined for none. */
function toName(level: NotificationLevel): LevelName | undefined {
  const names: readonly LevelName[] = ['all', 'mentions', 'none']
  return names.find((name) => levels[name] === level)
}

/** Sets what users want to be told of. */
export class Levels {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Sets it for a server; unspecified: mentions.
   * @throws `not_found`
   */
  setForServer(userId: string, { serverId, level }: SetServerLevelRequest): Promise<void> {
    return this.#database.write(async (transaction) => {
      await requireServer(transaction, serverId, userId)
      await sql`
        insert into server_levels (server_id, user_id, level) values (${serverId}, ${userId}, ${toName(level) ?? 'mentions'})
        on conflict (server_id, user_id) do update set level = excluded.level`.execute(transaction)
    })
  }

  /**
   * Sets it for a channel of a server; unspecified: as in the server.
   * @throws `not_found`, `failed_precondition` for a direct
   */
  setForChannel(userId: string, { channelId, level }: SetChannelLevelRequest): Promise<void> {
    const name = toName(level)
    return this.#database.write(async (transaction) => {
      const channel = await requireChannel(transaction, channelId, userId)
      if (channel.server_id === null) throw levelOfDirect()
      if (name === undefined)
        await sql`delete from channel_levels where channel_id = ${channelId} and user_id = ${userId}`.execute(
          transaction,
        )
      else
        await sql`
          insert into channel_levels (channel_id, user_id, level) values (${channelId}, ${userId}, ${name})
          on conflict (channel_id, user_id) do update set level = excluded.level`.execute(transaction)
    })
  }
}

function levelOfDirect(): RecadoError {
  return new RecadoError(
    'failed_precondition',
    'Of a direct one is always told. Block who should not write.',
    {
      reason: 'LEVEL_OF_DIRECT',
    },
  )
}
