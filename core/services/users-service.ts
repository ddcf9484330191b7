import type { UsersServiceServer } from '../../gen/recado/v1/users_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { Accounts } from '../accounts/accounts.js'
import type { Blocks } from '../blocks/blocks.js'
import type { OwnRecords } from '../export/own-records.js'
import type { Sessions } from '../sessions/sessions.js'
import type { PasswordChanges } from '../users/password-changes.js'
import type { Profiles } from '../users/profiles.js'
import type { Users } from '../users/users.js'

/** What the service calls. */
export type UsersServiceDeps = {
  users: Users
  sessions: Sessions
  profiles: Profiles
  passwordChanges: PasswordChanges
  blocks: Blocks
  ownRecords: OwnRecords
  accounts: Accounts
}

/** `recado.v1.UsersService`. */
export function createUsersService(handlers: Handlers, deps: UsersServiceDeps): UsersServiceServer {
  return { ...sessionCalls(handlers, deps), ...userCalls(handlers, deps), ...blockCalls(handlers, deps) }
}

type Calls<Name extends keyof UsersServiceServer> = Pick<UsersServiceServer, Name>

function sessionCalls(
  handlers: Handlers,
  { users, sessions }: UsersServiceDeps,
): Calls<'createSession' | 'deleteSession' | 'deleteSessions' | 'renewSession' | 'verifySession'> {
  return {
    createSession: handlers.unary(({ username, password }, { clientAddress = '' }) =>
      users.signIn(username, password, clientAddress),
    ),
    deleteSession: handlers.acting(async ({ token }, { userId }) => {
      await sessions.end(token, userId)
      return {}
    }),
    deleteSessions: handlers.acting(async (_request, { userId }) => {
      await sessions.signOutEverywhere(userId)
      return {}
    }),
    renewSession: handlers.acting(({ token }, { userId }) => sessions.renew(token, userId)),
    verifySession: handlers.unary(({ token }) => sessions.verify(token)),
  }
}

function userCalls(
  handlers: Handlers,
  { users, profiles, passwordChanges, ownRecords, accounts }: UsersServiceDeps,
): Calls<
  'createUser' | 'getUser' | 'listUsers' | 'updateUser' | 'updatePassword' | 'listOwnRecords' | 'deleteUser'
> {
  return {
    createUser: handlers.unary((request, { clientAddress = '' }) => users.create(request, clientAddress)),
    getUser: handlers.acting(async (asked, { userId }) => ({ user: await users.get(userId, asked.userId) })),
    listUsers: handlers.acting(async ({ username }, { userId }) => {
      const user = await profiles.findByName(userId, username)
      return { users: user ? [user] : [] }
    }),
    updateUser: handlers.acting(async (request, { userId }) => ({
      user: await profiles.update(userId, request),
    })),
    deleteUser: handlers.acting(async ({ password }, { userId }) => {
      await accounts.delete(userId, password)
      return {}
    }),
    listOwnRecords: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await ownRecords.list(userId, request)
      return { records: items, nextPageToken }
    }),
    updatePassword: handlers.acting(async (request, { userId }) => {
      await passwordChanges.change(userId, request)
      return {}
    }),
  }
}

function blockCalls(
  handlers: Handlers,
  { blocks }: UsersServiceDeps,
): Calls<'createBlock' | 'deleteBlock' | 'listBlocks'> {
  return {
    createBlock: handlers.acting(async (request, { userId }) => {
      await blocks.add(userId, request.userId)
      return {}
    }),
    deleteBlock: handlers.acting(async (request, { userId }) => {
      await blocks.remove(userId, request.userId)
      return {}
    }),
    listBlocks: handlers.acting(async (request, { userId }) => {
      const { items, nextPageToken } = await blocks.list(userId, request)
      return { users: items, nextPageToken }
    }),
  }
}
