import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { connect as connectAmqp, type ChannelModel, type ConfirmChannel } from 'amqplib'
import { Backoff } from '../../bench/backoff.js'
import type { Account } from '../../bench/api.js'
import type { Sending } from '../../bench/chat/sending.js'
import {
  MessagesServiceClient,
  SendMessageRequest,
  type SendMessageResponse,
} from '../../gen/recado/v1/messages_service.js'
import type { Env } from '../support/products/program.js'

/** One way in. A send is tried again, with the same nonce, until it is accepted or refused for good. */
export type Way = {
  /** What is told of a message at best: that it is accepted, or also where it is stored. */
  tells: 'accepted' | 'stored'
  send(sending: Sending, signal: AbortSignal): Promise<void>
  close(): void
}

/** One try: `again` when nobody knows what became of it, or it may pass later. */
type Try = (sending: Sending) => Promise<'done' | 'again'>

const tryWithinMs = 5_000

async function insist(sending: Sending, attempt: Try, signal: AbortSignal): Promise<void> {
  const backoff = new Backoff()
  for (;;) {
    sending.sent()
    const outcome = await attempt(sending).catch(() => 'again')
    if (outcome === 'done' || signal.aborted) return
    await backoff.wait()
  }
}

/** By `POST /messages`, which answers once the message is stored. */
export function byHttp(url: string, account: Account, channelId: string): Way {
  const attempt: Try = async (sending) => {
    const { content, nonce } = sending.options
    const response = await fetch(`${url}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${account.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ channel_id: channelId, content, nonce }),
      signal: AbortSignal.timeout(2 * tryWithinMs),
    })
    const { message, error } = (await response.json()) as {
      message?: { id: string; seq: number }
      error?: { code: string; message: string; retryable: boolean }
    }
    if (message) sending.accepted(message.id)
    if (message && response.status === 201) sending.stored(message)
    if (error && !error.retryable) sending.refused(error.code, error.message)
    return sending.isSettled ? 'done' : 'again'
  }
  return { tells: 'stored', send: (sending, signal) => insist(sending, attempt, signal), close: () => {} }
}

/** By `SendMessage` of core, each instance in turn; it answers once the message is accepted. */
export async function byGrpc(env: Env, account: Account, channelId: string): Promise<Way> {
  const token =
    env.RECADO_SERVICE_TOKEN ?? (await readFile(join(env.RECADO_DATA_DIR ?? '', 'service-token'), 'utf8'))
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${token.trim()}`)
  metadata.set('recado-user-id', account.id)
  const options = {
    'grpc.max_reconnect_backoff_ms': 1_000,
    'grpc.keepalive_time_ms': tryWithinMs,
    'grpc.keepalive_timeout_ms': tryWithinMs,
  }
  const addresses = (env.RECADO_CORE_URLS ?? '').split(',')
  const clients = addresses.map(
    (address) => new MessagesServiceClient(address, credentials.createInsecure(), options),
  )
  let turn = 0
  const attempt: Try = (sending) => {
    const { content, nonce } = sending.options
    return new Promise((resolve) => {
      const answered = (error: ServiceError | null, response: SendMessageResponse) => {
        if (!error) sending.accepted(response.id)
        else if (isFinal(error)) sending.refused(String(error.code), error.details)
        resolve(!error || sending.isSettled ? 'done' : 'again')
      }
      const deadline = Date.now() + tryWithinMs
      clients[turn++ % clients.length]?.sendMessage(
        SendMessageRequest.fromPartial({ channelId, content, nonce }),
        metadata,
        { deadline },
        answered,
      )
    })
  }
  const close = () => clients.forEach((client) => client.close())
  return { tells: 'accepted', send: (sending, signal) => insist(sending, attempt, signal), close }
}

/** INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION, UNIMPLEMENTED, UNAUTHENTICATED. */
function isFinal({ code }: ServiceError): boolean {
  return [3, 5, 7, 9, 12, 16].includes(code)
}

/** By AMQP, as another service publishes; a confirm is the broker's word that the message is accepted. */
export function byAmqp(url: string, account: Account, channelId: string): Way {
  let model: ChannelModel | undefined
  let opening: Promise<ConfirmChannel> | undefined
  const open = async () => {
    const connected = await connectAmqp(`${url}?heartbeat=5`, { noDelay: true, timeout: tryWithinMs })
    model = connected
    // What fails is seen by the try that waits for its confirm.
    connected.on('error', () => undefined)
    const amqpChannel = await connected.createConfirmChannel()
    amqpChannel.on('error', () => undefined)
    return amqpChannel
  }
  const forget = () => {
    model?.close().catch(() => undefined)
    model = opening = undefined
  }
  const publish = async ({ options: { content, nonce } }: Sending) => {
    const amqpChannel = await (opening ??= open())
    const body = {
      sender_id: account.id,
      channel_id: channelId,
      message: content,
      timestamp: new Date(),
      nonce,
    }
    await new Promise<void>((resolve, reject) => {
      const confirmed = (error: unknown) => (error ? reject(new Error(String(error))) : resolve())
      amqpChannel.publish(
        'recado.messages',
        channelId,
        Buffer.from(JSON.stringify(body)),
        { persistent: true },
        confirmed,
      )
    })
  }
  const attempt: Try = async (sending) => {
    const published = publish(sending).then(
      () => true,
      () => false,
    )
    if (!(await Promise.race([published, delay(tryWithinMs, false)]))) {
      forget()
      return 'again'
    }
    sending.accepted()
    return 'done'
  }
  return { tells: 'accepted', send: (sending, signal) => insist(sending, attempt, signal), close: forget }
}
