import type { ModerationServiceServer } from '../../gen/recado/v1/moderation_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { AuditLog } from '../audit/audit-log.js'
import type { Bans } from '../bans/bans.js'

/** `recado.v1.ModerationService`. */
export function createModerationService(
  handlers: Handlers,
  { bans, auditLog }: { bans: Bans; auditLog: AuditLog },
): ModerationServiceServer {
  return {
    banUser: handlers.acting(async (request, { userId }) => ({ ban: await bans.ban(userId, request) })),
    unbanUser: handlers.acting(async (request, { userId }) => {
      await bans.unban(userId, request)
      return {}
    }),
    listBans: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await bans.list(userId, request)
      return { bans: items, nextPageToken }
    }),
    listAuditEntries: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await auditLog.list(userId, request)
      return { entries: items, nextPageToken }
    }),
  }
}
