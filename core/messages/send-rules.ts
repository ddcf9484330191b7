import { isId, isNonce } from '../../contract/ids.js'
import { MAX_NONCE_CHARACTERS } from '../../contract/limits.js'
import { invalidField } from '../requests/request-rules.js'

/**
 * Checks a sender's key.
 * @throws `invalid_argument`
 */
export function assertNonce(nonce: string | undefined): void {
  if (nonce === undefined || isNonce(nonce)) return
  throw invalidField(
    'nonce',
    `must have 1 to ${MAX_NONCE_CHARACTERS} characters of well-formed Unicode without U+0000`,
  )
}

/**
 * Checks the id of the message that is answered.
 * @throws `invalid_argument`
 */
export function assertReplyTo(replyTo: string | undefined): void {
  if (replyTo !== undefined && !isId(replyTo)) throw invalidField('reply_to', "must be a message's id")
}
