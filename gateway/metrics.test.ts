import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { RecadoError } from '../lib/errors.js'
import { countSends } from './metrics.js'
import type { Draft } from './sending/send-message.js'

it('counts what is sent by what the sender was told, however often the metrics are read', async () => {
  const registry = new Registry()
  const send = countSends(({ content, channelId }) => {
    if (content === '') return Promise.reject(new RecadoError('invalid_argument', 'The text is blank.'))
    return Promise.resolve({ id: 'm', channelId, timestamp: '', outcome: new Promise(() => undefined) })
  }, registry)
  const draft: Draft = {
    senderId: 'ana',
    channelId: 'c',
    content: 'olá',
    nonce: undefined,
    replyTo: undefined,
  }

  await send(draft)
  await send(draft)
  await expect(send({ ...draft, content: '' })).rejects.toMatchObject({ code: 'invalid_argument' })
  await registry.metrics()

  const text = await registry.metrics()
  expect(text).toContain('recado_gateway_sends_total{result="accepted"} 2\n')
  expect(text).toContain('recado_gateway_sends_total{result="invalid_argument"} 1\n')
})
