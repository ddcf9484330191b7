import type { Channel, ChannelModel } from 'amqplib'

/** Opens an amqpChannel. Its errors are heard by whoever waits for an answer; without a listener they would end the process. */
export async function openChannel(connection: ChannelModel): Promise<Channel> {
  const amqpChannel = await connection.createChannel()
  amqpChannel.on('error', () => undefined)
  return amqpChannel
}

/** Closes an amqpChannel; resolves once the broker knows, or the connection is gone. What is not acknowledged stays in the queue. */
export async function closeChannel(amqpChannel: Channel): Promise<void> {
  const gone = new Promise<void>((resolve) => amqpChannel.once('close', () => resolve()))
  // It rejects when the amqpChannel is closed already, and never settles when the connection breaks before the broker answers.
  await Promise.race([gone, amqpChannel.close().catch(() => undefined)])
}
