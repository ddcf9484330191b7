import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Indexer } from '../../core/search/indexer.js'
import { ChannelLog } from '../../core/history/channel-log.js'
import { newId } from '../../contract/ids.js'
import { RecadoError } from '../../lib/errors.js'
import type { Log } from '../../lib/log.js'
import type { History } from '../../ports/history/history.js'
import { eventually } from '../support/chat.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { CoreProgram } from './core-program.js'
import { storeMessages } from './stored-messages.js'

/** A log that remembers what it is told. */
function listeningLog(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const tell = (_fields: object, text: string) => lines.push(text)
  return { log: { warn: tell, info: tell, error: tell, child: () => ({}) } as unknown as Log, lines }
}

describe.each(profiles)('the index of messages, while the log cannot be read (%s)', (profile) => {
  let ports: CorePorts
  let channelId: string
  let owner: string
  beforeAll(async () => {
    ports = await openCorePorts(profile)
    // It makes the tables, a user and a server, and leaves.
    await using program = await CoreProgram.start(ports)
    const ana = await program.signUp()
    owner = ana.id
    channelId = (await program.createServer(ana)).announcementChannelId
  })
  afterAll(() => ports?.close())

  const indexed = () =>
    ports.database.read(async (handle) => {
      const rows = await handle
        .selectFrom('search_messages')
        .select('id')
        .where('channel_id', '=', channelId)
        .execute()
      return rows.length
    })

  it('waits, tells the log once, holds up nobody, and goes on when it is back', async () => {
    const count = 1_200
    await storeMessages(ports, { channelId, senderId: owner, count })
    const state = { isAway: true, reads: 0, slowMs: 0 }
    const history = Object.create(ports.history, {
      events: {
        value: async (...asked: Parameters<History['events']>) => {
          state.reads++
          if (state.isAway) throw new RecadoError('unavailable', 'The store is away.')
          await new Promise((resolve) => setTimeout(resolve, state.slowMs))
          return ports.history.events(...asked)
        },
      },
    }) as History
    const { log, lines } = listeningLog()
    const channelLog = new ChannelLog({ history, recent: ports.recent, log })
    const indexer = new Indexer({ database: ports.database, channelLog, log })

    indexer.start()
    await eventually(() => Promise.resolve(state.reads >= 3))
    await ports.database.ping()
    expect(await indexed()).toBe(0)
    expect(lines.filter((line) => line === 'away')).toHaveLength(1)

    Object.assign(state, { isAway: false, slowMs: 30 })
    await eventually(async () => (await indexed()) === count, 40_000)
    await indexer.stop()
    expect(lines.filter((line) => line === 'away')).toHaveLength(1)
    expect(lines.filter((line) => line === 'back')).toHaveLength(1)
  }, 60_000)

  it('is fed by several at once, each event once in its order, and ends at once when it is stopped', async () => {
    const { log } = listeningLog()
    const channelLog = new ChannelLog({ ...ports, log })
    await ports.database.read((handle) => handle.deleteFrom('search_positions').execute())
    await ports.database.read((handle) => handle.deleteFrom('search_messages').execute())
    const indexers = [1, 2, 3].map(() => new Indexer({ database: ports.database, channelLog, log }))
    for (const indexer of indexers) {
      indexer.start()
      indexer.watch(channelId)
      indexer.watch(newId())
    }

    await eventually(async () => (await indexed()) === 1_200, 40_000)
    await Promise.all(indexers.map((indexer) => indexer.stop()))

    const [place] = await ports.database.read((handle) =>
      handle.selectFrom('search_positions').selectAll().where('channel_id', '=', channelId).execute(),
    )
    expect(place).toMatchObject({ seq: 1_200, is_clean: true, pass: 1 })
  }, 60_000)
})
