import { MAX_PAYLOAD_BYTES } from '../../contract/limits.js'
import { RecadoError } from '../../lib/errors.js'

/** What AMQP's short strings hold. */
const MAX_MESSAGE_ID_BYTES = 255

/** Whether a `message_id` can be published: at most 255 bytes of UTF-8. */
export function isMessageId(messageId: string): boolean {
  return Buffer.byteLength(messageId) <= MAX_MESSAGE_ID_BYTES
}

/** Checks what is to be published. @throws RecadoError `invalid_argument`. */
export function assertPublishable(body: Buffer, messageId: string | undefined): void {
  if (body.length > MAX_PAYLOAD_BYTES)
    throw new RecadoError(
      'invalid_argument',
      `A message in the queue has at most ${MAX_PAYLOAD_BYTES} bytes.`,
    )
  if (messageId !== undefined && !isMessageId(messageId))
    throw new RecadoError('invalid_argument', `A message_id has at most ${MAX_MESSAGE_ID_BYTES} bytes.`)
}
