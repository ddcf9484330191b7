import type { UsersServiceServer } from '../../gen/recado/v1/users_service.js'
import type { Handlers } from '../../lib/grpc/handlers.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Users } from '../users/users.js'

/** `recado.v1.UsersService`. */
export function createUsersService(
  handlers: Handlers,
  { users, sessions }: { users: Users; sessions: Sessions },
): UsersServiceServer {
  return {
    createUser: handlers.unary((request, { clientAddress = '' }) => users.create(request, clientAddress)),
    createSession: handlers.unary(({ username, password }, { clientAddress = '' }) =>
      users.signIn(username, password, clientAddress),
    ),
    deleteSession: handlers.acting(async ({ token }, { userId }) => {
      await sessions.end(token, userId)
      return {}
    }),
    verifySession: handlers.unary(({ token }) => sessions.verify(token)),
    getUser: handlers.acting(async (asked, { userId }) => ({ user: await users.get(userId, asked.userId) })),
  }
}
