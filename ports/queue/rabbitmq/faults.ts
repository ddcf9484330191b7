import { withDeadline } from '../../../lib/deadline.js'
import { RecadoError } from '../../../lib/errors.js'

const AWAY = 'The queue does not answer.'

/** Turns any failure of the broker into `unavailable`; its cause says it in words where a person must do something about it. */
export function toFault(cause: unknown): RecadoError {
  if (cause instanceof RecadoError) return cause
  const words = explain(cause instanceof Error ? cause.message : String(cause))
  return new RecadoError('unavailable', AWAY, { cause: words === undefined ? cause : new Error(words) })
}

/** Waits for an answer of the broker, at most so many milliseconds. @throws RecadoError `unavailable`. */
export function answered<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  return orUnavailable(withDeadline(deadlineMs, work, AWAY))
}

/** Waits for the broker. @throws RecadoError `unavailable`, whatever the failure. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw toFault(cause)
  }
}

/** What lasts until somebody mends it. */
function explain(fault: string): string | undefined {
  if (fault.includes('ACCESS_REFUSED')) return 'RabbitMQ refuses the user or the password in AMQP_URL.'
  // RabbitMQ's words for it are lost on the way through amqplib.
  if (fault.includes('Expected ConnectionOpenOk'))
    return 'RabbitMQ has no such vhost as the one in AMQP_URL, or not for this user.'
  const [, argument, thing, name, asked, found] =
    /inequivalent arg '([^']*)' for (\w+) '([^']*)'.*received (.*) but current is ([^"]*)/.exec(fault) ?? []
  if (thing === undefined) return undefined
  return (
    `The ${thing} ${name} is there with another ${argument} (${found}) than is asked for (${asked}): ` +
    `was it made by another version, or with another limit? Drain it, delete it on the broker, and it is made anew.`
  )
}
