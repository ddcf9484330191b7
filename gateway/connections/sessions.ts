import type {
  SessionVerdict,
  VerifySessionsRequest,
  VerifySessionsResponse,
} from '../../gen/recado/internal/v1/core_service.js'
import type { VerifySessionResponse } from '../../gen/recado/v1/users_service.js'
import { RecadoError } from '../../lib/errors.js'
import { BatchingStream, sizeOfTexts } from '../../lib/grpc/batching-stream.js'
import type { CoreClients } from '../core-clients.js'
import type { User } from './user.js'

/** The longest token that is looked at, in characters. */
const MAX_TOKEN_LENGTH = 4_096

/** Asks core whose tokens they are, over one long-lived stream: many come back at once when a gateway or a network was away. */
export class Sessions {
  readonly #stream: BatchingStream<string, SessionVerdict, VerifySessionsRequest, VerifySessionsResponse>

  constructor({ core }: Pick<CoreClients, 'core'>) {
    this.#stream = new BatchingStream({
      open: () => core.open((client) => client.verifySessions),
      toRequest: (batch, tokens) => ({ batch, tokens: [...tokens] }),
      fromResponse: ({ batch, verdicts }) => ({ batch, results: verdicts }),
      sizeOf: (token) => sizeOfTexts(token),
      maxItems: 1_000,
      maxWaiting: 20_000,
      deadlineMs: 5_000,
    })
  }

  /**
   * Tells whose token it is; undefined for one that is wrong, expired or signed out.
   * @throws whatever keeps core from answering; it says nothing about the token
   */
  async verify(token: string): Promise<User | undefined> {
    if (token.length > MAX_TOKEN_LENGTH) return undefined
    const [verdict] = await this.#stream.submit([token])
    if (verdict?.outcome?.$case === 'session') return toUser(verdict.outcome.value)
    if (verdict?.outcome?.$case === 'refusal') return undefined
    throw new RecadoError('internal', 'The token could not be checked.')
  }

  /** Ends the stream; what waits is rejected. */
  close(): void {
    this.#stream.close()
  }
}

/** The end is told on the wall clock and kept on the monotonic one. */
function toUser({ userId, sessionId, position, expiresAt }: VerifySessionResponse): User {
  const leftMs = expiresAt === undefined ? Infinity : Date.parse(expiresAt) - Date.now()
  return { id: userId, sessionId, position, endsAt: performance.now() + leftMs }
}
