import { describe, expect, it } from 'vitest'
import { join, makeServer, profiles, push, signUp } from '../support/chat.js'
import { startServer } from '../support/products/programs.js'

describe.each(profiles)('a stop of everything (%s)', (profile) => {
  it('all programs that are told at once, with messages in hand, end by themselves', async () => {
    const server = await startServer(profile)
    try {
      const ana = await signUp(server.url)
      const { channelId } = await makeServer(ana)
      const socket = ana.connect()
      const { inbox } = await join(socket, `channel:${channelId}`)
      await push(inbox, 'message:send', { content: 'first' })
      const rest = Array.from({ length: 19 }, (_, number) =>
        push(inbox, 'message:send', { content: `message ${number}` }).catch(() => undefined),
      )

      const codes = await server.stopTogether()

      socket.disconnect()
      await Promise.all(rest)
      expect(codes).toEqual(Object.fromEntries(Object.keys(server.pids).map((name) => [name, 0])))
    } finally {
      await server.stop()
    }
  })
})
