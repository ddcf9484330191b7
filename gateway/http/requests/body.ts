import { isUtf8 } from 'node:buffer'
import { RecadoError } from '../../../lib/errors.js'

/** Reads a JSON body. An empty one is no body at all: clients send the content type with bare requests too. */
export function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined
  if (!isUtf8(body)) throw new RecadoError('invalid_argument', 'The body is not valid UTF-8.')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new RecadoError('invalid_argument', 'The body is not valid JSON.', { cause })
  }
}
