import type { ValidateMessagesRequest, ValidateMessagesResponse } from '../gen/recado/v1/messages_service.js'
import type {
  AuthorizeJoinsRequest,
  AuthorizeJoinsResponse,
  VerifySessionsRequest,
  VerifySessionsResponse,
} from '../gen/recado/internal/v1/core_service.js'
import { AnsweredStreams } from '../lib/grpc/answered-streams.js'
import type { Log } from '../lib/log.js'
import type { Channels } from './channels/channels.js'
import type { Validator } from './messages/validator.js'
import type { Sessions } from './sessions/sessions.js'

/** The streams on which gateways and consumers ask in batches. */
export class Streams {
  readonly validations: AnsweredStreams<ValidateMessagesRequest, ValidateMessagesResponse>
  readonly joins: AnsweredStreams<AuthorizeJoinsRequest, AuthorizeJoinsResponse>
  readonly sessions: AnsweredStreams<VerifySessionsRequest, VerifySessionsResponse>

  constructor(
    { validator, channels, sessions }: { validator: Validator; channels: Channels; sessions: Sessions },
    log: Log,
  ) {
    this.validations = new AnsweredStreams(
      async ({ batch, candidates }) => ({ batch, verdicts: await validator.validate(candidates) }),
      log,
    )
    this.sessions = new AnsweredStreams(
      async ({ batch, tokens }) => ({ batch, verdicts: await sessions.verifyAll(tokens) }),
      log,
    )
    this.joins = new AnsweredStreams(
      async ({ batch, joins }) => ({ batch, verdicts: await channels.authorizeJoins(joins) }),
      log,
    )
  }

  /** Ends them all with `unavailable`: their batches can be asked again elsewhere. */
  stop(): void {
    this.validations.stop()
    this.joins.stop()
    this.sessions.stop()
  }
}
