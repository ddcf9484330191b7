import { connect as connectAmqp, type ChannelModel } from 'amqplib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFull, type RunningServer } from '../support/products/programs.js'
import { eventually, join, makeServer, profiles, signUp, type Inbox, type Person } from '../support/chat.js'

describe.runIf(profiles.includes('full'))('the AMQP face', () => {
  let server: RunningServer
  let amqp: ChannelModel
  let ana: Person
  let channelId: string
  let inbox: Inbox

  beforeAll(async () => {
    server = await startFull()
    amqp = await connectAmqp(server.env.AMQP_URL ?? '')
    ana = await signUp(server.url)
    channelId = (await makeServer(ana)).channelId
    inbox = (await join(ana.connect(), `channel:${channelId}`)).inbox
  })
  afterAll(async () => {
    inbox?.disconnect()
    await amqp?.close()
    await server?.stop()
  })

  const publish = async (
    body: string | object,
    options: { messageId?: string; routingKey?: string } = {},
  ) => {
    const amqpChannel = await amqp.createConfirmChannel()
    const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const { routingKey = channelId, ...properties } = options
    amqpChannel.publish('recado.messages', routingKey, content, { persistent: true, ...properties })
    await amqpChannel.waitForConfirms()
    await amqpChannel.close()
  }
  const fourFields = (message: string) => ({
    sender_id: ana.id,
    channel_id: channelId,
    message,
    timestamp: '2025-01-03T12:00:00Z',
  })
  const heard = async (content: string) =>
    eventually(() => Promise.resolve(inbox.of('message:new').find((message) => message.content === content)))

  it('stores and delivers a payload of four fields, with the publisher’s time', async () => {
    await publish(fourFields('Olá, mundo!'))

    expect(await heard('Olá, mundo!')).toMatchObject({
      sender_id: ana.id,
      timestamp: '2025-01-03T12:00:00.000Z',
    })
  })

  it('takes the channel from the payload, never from the routing key', async () => {
    await publish(fourFields('by another key'), { routingKey: 'whatever' })

    expect(await heard('by another key')).toMatchObject({ channel_id: channelId })
  })

  it('stores once what is published twice with the same message_id', async () => {
    await publish(fourFields('twice'), { messageId: 'm-1' })
    await publish(fourFields('twice'), { messageId: 'm-1' })
    await publish(fourFields('then this'), { messageId: 'm-2' })

    await heard('then this')
    expect(inbox.of('message:new').filter(({ content }) => content === 'twice')).toHaveLength(1)
  })

  it.each([
    ['what is no JSON', 'not json', 'JSON'],
    ['a payload with a field of the wrong type', { sender_id: 5 }, 'malformed'],
  ])('buries %s with its reason and goes on', async (_, body, reason) => {
    await publish(body)
    await publish(fourFields(`after ${reason}`))

    await heard(`after ${reason}`)
    const letter = await eventually(async () =>
      takeDeadLetter(amqp, typeof body === 'string' ? body : JSON.stringify(body)),
    )
    expect(letter).toContain(reason)
  })

  it('buries what its sender may not write, for nobody would hear of the refusal', async () => {
    const eve = await signUp(server.url)
    const intruding = { ...fourFields('intruding'), sender_id: eve.id }

    await publish(intruding)
    await publish(fourFields('rightful'))

    await heard('rightful')
    expect(inbox.of('message:new').filter(({ content }) => content === 'intruding')).toEqual([])
    expect(await eventually(() => takeDeadLetter(amqp, 'intruding'))).toContain('not there')
  })
})

/** The reason of the dead letter whose body holds this text; others stay. */
async function takeDeadLetter(amqp: ChannelModel, body: string): Promise<string | undefined> {
  const amqpChannel = await amqp.createChannel()
  try {
    for (;;) {
      const letter = await amqpChannel.get('recado.dead')
      if (!letter) return undefined
      if (!letter.content.toString().includes(body)) continue
      amqpChannel.ack(letter)
      return String(letter.properties.headers?.['x-recado-reason'])
    }
  } finally {
    await amqpChannel.close()
  }
}
