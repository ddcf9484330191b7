import type { ValidateMessagesRequest, ValidateMessagesResponse } from '../gen/recado/v1/messages_service.js'
import type { AuthorizeJoinsRequest, AuthorizeJoinsResponse } from '../gen/recado/v1/servers_service.js'
import { AnsweredStreams } from '../lib/grpc/answered-streams.js'
import type { Log } from '../lib/log.js'
import type { Channels } from './channels/channels.js'
import type { Validator } from './messages/validator.js'

/** The streams on which gateways and consumers ask in batches. */
export class Streams {
  readonly validations: AnsweredStreams<ValidateMessagesRequest, ValidateMessagesResponse>
  readonly joins: AnsweredStreams<AuthorizeJoinsRequest, AuthorizeJoinsResponse>

  constructor({ validator, channels }: { validator: Validator; channels: Channels }, log: Log) {
    this.validations = new AnsweredStreams(
      async ({ batch, candidates }) => ({ batch, verdicts: await validator.validate(candidates) }),
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
  }
}
