import type { Channel, ChannelModel } from 'amqplib'
import { RecadoError } from '../../../lib/errors.js'
import type { Log } from '../../../lib/log.js'

/** Opens an amqpChannel whose errors are logged: without a listener they would end the process. */
export async function openChannel(connection: ChannelModel, log: Log): Promise<Channel> {
  const amqpChannel = await connection.createChannel()
  amqpChannel.on('error', (error) => log.warn({ err: error }, 'the broker closed an amqpChannel'))
  return amqpChannel
}

/** Closes an amqpChannel; resolves once the broker knows, or the connection is gone. What is not acknowledged stays in the queue. */
export async function closeChannel(amqpChannel: Channel): Promise<void> {
  const gone = new Promise<void>((resolve) => amqpChannel.once('close', () => resolve()))
  // It rejects when the amqpChannel is closed already, and never settles when the connection breaks before the broker answers.
  await Promise.race([gone, amqpChannel.close().catch(() => undefined)])
}

/** Turns any failure of the broker into `unavailable`. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new RecadoError('unavailable', 'The queue does not answer.', { cause })
  }
}
