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
      const sends = Array.from({ length: 20 }, (_, number) =>
        push(inbox, 'message:send', { content: `message ${number}` }).catch(() => undefined),
      )

      const codes = await server.stopTogether()

      socket.disconnect()
      await Promise.all(sends)
      expect(codes).toEqual(Object.fromEntries(Object.keys(server.pids).map((name) => [name, 0])))
    } finally {
      await server.stop()
    }
  })
})
