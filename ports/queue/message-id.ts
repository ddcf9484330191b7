import { RecadoError } from '../../lib/errors.js'

/** What AMQP's short strings hold. */
const MAX_BYTES = 255

/** Whether a `message_id` can be published: at most 255 bytes of UTF-8. */
export function isMessageId(messageId: string): boolean {
  return Buffer.byteLength(messageId) <= MAX_BYTES
}

/** Checks a `message_id`, if there is one. @throws RecadoError `invalid_argument`. */
export function assertMessageId(messageId: string | undefined): void {
  if (messageId === undefined || isMessageId(messageId)) return
  throw new RecadoError('invalid_argument', 'A message_id has at most 255 bytes.')
}
