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
import type { Indexer } from './search/indexer.js'
import type { Sessions } from './sessions/sessions.js'

/** What is asked on the streams, and who hears of what may soon be stored. */
export type StreamsDeps = {
  validator: Validator
  channels: Channels
  sessions: Sessions
  indexer: Pick<Indexer, 'watch'>
}

/** The streams on which gateways and consumers ask in batches. */
export class Streams {
  readonly validations: AnsweredStreams<ValidateMessagesRequest, ValidateMessagesResponse>
  readonly joins: AnsweredStreams<AuthorizeJoinsRequest, AuthorizeJoinsResponse>
  readonly sessions: AnsweredStreams<VerifySessionsRequest, VerifySessionsResponse>

  constructor({ validator, channels, sessions, indexer }: StreamsDeps, log: Log) {
    this.validations = new AnsweredStreams(async ({ batch, candidates }) => {
      const verdicts = await validator.validate(candidates)
      candidates.forEach(({ channelId }, index) => {
        if (verdicts[index]?.outcome?.$case === 'permission') indexer.watch(channelId)
      })
      return { batch, verdicts }
    }, log)
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
