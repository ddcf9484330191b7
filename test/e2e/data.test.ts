import { connect as connectAmqp } from 'amqplib'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { MessagesServiceClient, SendMessageRequest } from '../../gen/recado/v1/messages_service.js'
import { GrpcClients } from '../../lib/grpc/client.js'
import { eventually, makeServer, profiles, signUp, type Person } from '../support/chat.js'
import { startServer, type RunningServer } from '../support/products/programs.js'

/** JavaScript has no such numbers, would put the keys in another order and leave out the blanks. */
const data = '{"id":12345678901234567890,"x":1.0, "2":"\\u00e9","1":[1e400,{"data":-0}]}'

describe.each(profiles)('data: %s', (profile) => {
  let server: RunningServer
  let ana: Person
  let channelId: string
  const frames: string[] = []
  let socket: WebSocket

  beforeAll(async () => {
    server = await startServer(profile)
    ana = await signUp(server.url)
    channelId = (await makeServer(ana)).channelId
    const address = `${server.url.replace('http', 'ws')}/socket/websocket?vsn=2.0.0&token=${ana.token}`
    socket = new WebSocket(address)
    socket.on('message', (frame: Buffer) => frames.push(frame.toString()))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send(`["1","1","channel:${channelId}","phx_join",{}]`)
    await eventually(() => Promise.resolve(frames.length > 0))
  })
  afterAll(async () => {
    socket?.terminate()
    await server?.stop()
  })

  const ways: Record<string, (content: string) => Promise<unknown>> = {
    async HTTP(content) {
      const response = await fetch(`${server.url}/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ana.token}`, 'content-type': 'application/json' },
        body: `{"content":"${content}", "data" : ${data} ,"channel_id":"${channelId}"}`,
      })
      expect(await response.text()).toContain(`"data":${data}`)
    },
    async socket(content) {
      socket.send(`["1","2", "channel:${channelId}","message:send", {"data":${data},"content":"${content}"}]`)
    },
    async gRPC(content) {
      const { env } = server
      const folder = env.RECADO_DATA_DIR
      const token = env.RECADO_SERVICE_TOKEN ?? (await readFile(join(folder ?? '', 'service-token'), 'utf8'))
      const addresses = [env.RECADO_CORE_URLS ?? `127.0.0.1:${env.RECADO_CORE_PORT}`]
      const messages = new GrpcClients(MessagesServiceClient, {
        addresses,
        tls: undefined,
        serviceToken: token.trim(),
      })
      onTestFinished(() => messages.close())
      const request = SendMessageRequest.fromPartial({ channelId, content, data })
      await messages.call((client) => client.sendMessage, request, { userId: ana.id })
    },
    async AMQP(content) {
      const amqp = await connectAmqp(server.env.AMQP_URL ?? '')
      const amqpChannel = await amqp.createConfirmChannel()
      const body = `{"sender_id":"${ana.id}","channel_id":"${channelId}","message":"${content}",
        "timestamp":"2025-01-03T12:00:00Z","data":${data}}`
      amqpChannel.publish('recado.messages', channelId, Buffer.from(body), { persistent: true })
      await amqpChannel.waitForConfirms()
      await amqp.close()
    },
  }

  it.each(profile === 'full' ? Object.keys(ways) : ['HTTP', 'socket', 'gRPC'])(
    'comes in by %s and goes out by socket and HTTP byte for byte',
    async (way) => {
      const content = `by ${way}`

      await ways[way]?.(content)

      const isIt = (frame: string) => frame.includes('"message:new"') && frame.includes(content)
      await expect.poll(() => frames.find(isIt), { timeout: 20_000 }).toContain(`"data":${data}`)
      const page = await fetch(`${server.url}/history?channel_id=${channelId}&limit=1`, {
        headers: { authorization: `Bearer ${ana.token}` },
      })
      expect(await page.text()).toContain(`"data":${data}`)
    },
  )

  const heard = (...parts: string[]) =>
    expect.poll(() => frames.find((frame) => parts.every((part) => frame.includes(part))), {
      timeout: 20_000,
    })

  it('stands in a changed message byte for byte', async () => {
    const { body } = await ana.call('POST', '/messages', { channel_id: channelId, content: 'bare' })
    const { id } = body.message as unknown as { id: string }
    socket.send(
      `["1","3","channel:${channelId}","message:edit",{"id":"${id}","content":"dressed","data":${data}}]`,
    )

    await heard('"message:updated"', 'dressed').toContain(`"data":${data}`)
  })

  it('stands in a notification byte for byte', async () => {
    const bo = await signUp(server.url)
    socket.send(`["9","9","user:${ana.id}","phx_join",{}]`)
    await heard('["9","9"', '"ok"').toBeDefined()

    const response = await fetch(`${server.url}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bo.token}`, 'content-type': 'application/json' },
      body: `{"content":"direct","data":${data},"user_id":"${ana.id}"}`,
    })

    expect(response.status).toBe(201)
    await heard('"notification"', 'direct').toContain(`"data":${data}`)
  })
})
