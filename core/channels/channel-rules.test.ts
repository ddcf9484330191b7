import { describe, expect, it } from 'vitest'
import { assertNotAnnouncement, assertRoomForChannel } from './channel-rules.js'

describe('channel rules', () => {
  it('have room for the 500th channel and not for another', () => {
    expect(() => assertRoomForChannel(499)).not.toThrow()
    expect(() => assertRoomForChannel(500)).toThrowError(
      expect.objectContaining({ code: 'resource_exhausted', retryable: false }),
    )
  })

  it('keep the announcement channel', () => {
    expect(() => assertNotAnnouncement({ id: 'a', announcement_channel_id: 'b' })).not.toThrow()
    expect(() => assertNotAnnouncement({ id: 'a', announcement_channel_id: 'a' })).toThrowError(
      expect.objectContaining({ code: 'failed_precondition' }),
    )
  })
})
