import type { handleUnaryCall } from '@grpc/grpc-js'
import { RecadoError } from '../../lib/errors.js'
import { Handlers, type ActingCaller } from '../../lib/grpc/handlers.js'
import type { Log } from '../../lib/log.js'
import type { Users } from '../users/users.js'

/** {@link Handlers} that know users: what is asked on behalf of one who is not there is `unauthenticated`, whatever it is. */
export class CoreHandlers extends Handlers {
  readonly #users: Users

  constructor(log: Log, users: Users) {
    super(log)
    this.#users = users
  }

  /** Asks about the user only where nothing was found or allowed for them: whoever has a right is there. */
  override acting<Request, Response>(
    handle: (request: Request, caller: ActingCaller) => Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return super.acting<Request, Response>(async (request, caller) => {
      try {
        return await handle(request, caller)
      } catch (error) {
        if (isDenial(error)) await this.#users.assertThere(caller.userId)
        throw error
      }
    })
  }
}

function isDenial(error: unknown): boolean {
  return error instanceof RecadoError && (error.code === 'not_found' || error.code === 'permission_denied')
}
