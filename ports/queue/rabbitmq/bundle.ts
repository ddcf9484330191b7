import type { ConsumeMessage } from 'amqplib'
import { MAX_PAYLOAD_BYTES } from '../../../contract/limits.js'

/** The most bodies in a bundle, and the most bytes of them. */
export const MAX_BUNDLED = 20
export const MAX_BUNDLED_BYTES = 64 * 1024

const CONTENT_TYPE = 'application/x-ndjson'
const NEWLINE = 0x0a

/** Whether a body can be a line of a bundle. */
export function isLine(body: Buffer): boolean {
  return !body.includes(NEWLINE)
}

/**
 * Makes one AMQP message of several bodies: a bundle has one a line. To the broker it is one message to order, to write, to confirm
 * and to hand over, which is most of what a message costs there. A single body stays as it is.
 */
export function bundle(bodies: readonly Buffer[]): { content: Buffer; contentType: string } {
  const [first = Buffer.alloc(0), ...others] = bodies
  if (others.length === 0) return { content: first, contentType: 'application/json' }
  const lines = others.flatMap((body) => [newline, body])
  return { content: Buffer.concat([first, ...lines]), contentType: CONTENT_TYPE }
}

const newline = Buffer.of(NEWLINE)

/**
 * The bodies in an AMQP message. One with a `message_id` is never a bundle, whatever it calls itself: the id is one message's. Nor is
 * one with more lines or bytes than a bundle has: a session holds so much and no more. Of what is too large to be read only the head is
 * kept, in memory of its own.
 */
export function unbundle({ content, properties }: ConsumeMessage): Buffer[] {
  if (content.length > MAX_PAYLOAD_BYTES) return [Buffer.from(content.subarray(0, MAX_PAYLOAD_BYTES + 1))]
  if (properties.contentType !== CONTENT_TYPE || properties.messageId !== undefined) return [content]
  const bodies: Buffer[] = []
  let start = 0
  for (let end = content.indexOf(NEWLINE); end !== -1; end = content.indexOf(NEWLINE, start)) {
    bodies.push(content.subarray(start, end))
    if (bodies.length === MAX_BUNDLED) return [content]
    start = end + 1
  }
  return [...bodies, content.subarray(start)]
}
