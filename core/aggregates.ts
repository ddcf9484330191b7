import type { Log } from '../lib/log.js'
import type { Database } from '../ports/database/database.js'
import type { Heads } from '../ports/heads/heads.js'
import type { History } from '../ports/history/history.js'
import type { Queue } from '../ports/queue/queue.js'
import type { Recent } from '../ports/recent/recent.js'
import { Accounts } from './accounts/accounts.js'
import { Blocks } from './blocks/blocks.js'
import { AuditLog } from './audit/audit-log.js'
import { Bans } from './bans/bans.js'
import { Channels } from './channels/channels.js'
import { DEFAULT_SEARCH_LANGUAGE, DEFAULT_SESSION_DAYS, type CoreConfig } from './config.js'
import { Overrides } from './channels/overrides.js'
import { Deletions } from './deletions/deletions.js'
import { Directs } from './directs/directs.js'
import { OwnRecords } from './export/own-records.js'
import { ChannelLog } from './history/channel-log.js'
import { HappeningLog } from './happenings/happening-log.js'
import { EventReader } from './history/event-reader.js'
import { MessageReader } from './history/message-reader.js'
import { Outcomes } from './history/outcomes.js'
import { Invites } from './invites/invites.js'
import { Members } from './members/members.js'
import { NamedMessages } from './messages/named-messages.js'
import { Recipients } from './messages/recipients.js'
import { Validator } from './messages/validator.js'
import { Moderation } from './moderation/moderation.js'
import { Notifications } from './notifications/notifications.js'
import { Levels } from './reading/levels.js'
import { ReadMarks } from './reading/read-marks.js'
import { Unread } from './reading/unread.js'
import { Retention } from './retention/retention.js'
import { RevocationLog } from './revocations/revocation-log.js'
import { Indexer } from './search/indexer.js'
import { Searcher } from './search/searcher.js'
import { SearchIndex } from './search/search-index.js'
import { MemberRoles } from './roles/member-roles.js'
import { Roles } from './roles/roles.js'
import { Servers } from './servers/servers.js'
import { SessionTokens } from './sessions/session-tokens.js'
import { Sessions } from './sessions/sessions.js'
import { Streams } from './streams.js'
import { PasswordChanges } from './users/password-changes.js'
import { Passwords } from './users/passwords.js'
import { Profiles } from './users/profiles.js'
import { Users } from './users/users.js'

/** What core stands on. It closes none of it. */
export type CoreDeps = {
  database: Database
  history: History
  heads: Heads
  recent: Recent
  /** Opens the queue once the number of partitions is known. */
  openQueue(partitions: number): Promise<Queue>
  log: Log
}

/** Everything that the gRPC services call, but for what needs the queue. */
export type Aggregates = ReturnType<typeof createAggregates>

/** Builds the aggregates and what connects them. */
export function createAggregates(config: CoreConfig, deps: CoreDeps) {
  const { database, history } = deps
  const tokens = new SessionTokens(config.authSecret)
  const sessions = new Sessions(database, tokens, config.sessionDays ?? DEFAULT_SESSION_DAYS)
  const passwords = new Passwords()
  const validator = new Validator({ database, namedMessages: new NamedMessages({ history, log: deps.log }) })
  const channels = new Channels(database)
  const directs = new Directs(database)
  const users = new Users({ database, sessions, passwords })
  const servers = new Servers(database)
  const channelLog = new ChannelLog(deps)
  const passwordChanges = new PasswordChanges({ database, sessions, passwords })
  const indexer = new Indexer({ database, channelLog, log: deps.log })
  const language = config.searchLanguage ?? DEFAULT_SEARCH_LANGUAGE
  return {
    sessions,
    indexer,
    searchIndex: new SearchIndex({ database, indexer, language, log: deps.log }),
    searcher: new Searcher({ database, history }),
    users,
    profiles: new Profiles(database),
    passwordChanges,
    blocks: new Blocks(database),
    accounts: new Accounts({ database, sessions, passwordChanges }),
    retention: new Retention(database),
    ownRecords: new OwnRecords({ database, history }),
    servers,
    channels,
    members: new Members(database),
    directs,
    recipients: new Recipients({ database, directs }),
    moderation: new Moderation(database),
    levels: new Levels(database),
    notifications: new Notifications({ database, history }),
    readMarks: new ReadMarks({ database, channelLog }),
    unread: new Unread({ database, users, servers, directs }),
    happeningLog: new HappeningLog(database),
    roles: new Roles(database),
    memberRoles: new MemberRoles(database),
    overrides: new Overrides(database),
    invites: new Invites(database),
    bans: new Bans(database),
    auditLog: new AuditLog(database),
    revocationLog: new RevocationLog(database),
    validator,
    streams: new Streams({ validator, indexer, channels, sessions }, deps.log),
    messageReader: new MessageReader({ database, history, channelLog }),
    eventReader: new EventReader({ heads: deps.heads, channelLog }),
    deletions: new Deletions(deps),
    outcomes: new Outcomes({ heads: deps.heads, history }),
  }
}
