import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createCore } from '../../core/core.js'
import { RecadoError } from '../../lib/errors.js'
import { createLog } from '../../lib/log.js'
import type { Database } from '../../ports/database/database.js'
import { openCorePorts, profiles, type CorePorts } from './core-ports.js'
import { close, connect, coreConfig, CoreProgram } from './core-program.js'

const silent = createLog({ level: 'silent', program: 'test' })

/** A database that is away for the first tries. */
function awayAtFirst(database: Database, tries: number): Database {
  let left = tries
  return {
    read: (work) => database.read(work),
    write: (work) => database.write(work),
    maintain: (work) => {
      if (left-- > 0) return Promise.reject(new RecadoError('unavailable', 'The database is away.'))
      return database.maintain(work)
    },
    ping: () => database.ping(),
    close: () => database.close(),
  }
}

const awayForEver = (database: Database) => awayAtFirst(database, Infinity)

describe.each(profiles)('core: start and stop (%s)', (profile) => {
  let ports: CorePorts
  beforeAll(async () => {
    ports = await openCorePorts(profile)
  })
  afterAll(() => ports?.close())

  const layoutOf = (program: CoreProgram) => program.clients.core.call((client) => client.getQueueLayout, {})

  it('fixes the partitions at the first start, and stops where another number is asked for', async () => {
    await using first = await CoreProgram.start(ports)
    expect(await layoutOf(first)).toEqual({ partitions: 8 })

    await expect(CoreProgram.start(ports, { partitions: 16 })).rejects.toMatchObject({
      code: 'failed_precondition',
      message: 'The queue has 8 partitions, but RECADO_PARTITIONS says 16. Set it to 8, or leave it out.',
    })
    await using same = await CoreProgram.start(ports, { partitions: 8 })
    expect(await layoutOf(same)).toEqual({ partitions: 8 })
  })

  it('is ready while it serves, neither before nor after', async () => {
    const core = createCore(coreConfig(), { ...ports, log: silent })
    expect(await core.isReady()).toBe(false)

    await core.start()
    expect(await core.isReady()).toBe(true)

    await Promise.all([core.stop(), core.stop()])
    expect(await core.isReady()).toBe(false)
  })

  it('waits for a database that is away', async () => {
    const database = awayAtFirst(ports.database, 2)
    await using program = await CoreProgram.start({ ...ports, database })
    expect(await layoutOf(program)).toEqual({ partitions: 8 })
  })

  it('can be stopped while it waits', async () => {
    const core = createCore(coreConfig(), { ...ports, database: awayForEver(ports.database), log: silent })
    const started = expect(core.start()).rejects.toMatchObject({ code: 'unavailable' })
    await core.stop()
    await started
  })

  it('can be stopped while its database, or the opening of the queue, hangs', async () => {
    const hangs = () => new Promise<never>(() => undefined)
    const frozen = { ...ports, database: { ...awayForEver(ports.database), write: hangs } }
    for (const stuck of [frozen, { ...ports, openQueue: hangs }]) {
      const core = createCore(coreConfig(), { ...stuck, log: silent })
      const started = expect(core.start()).rejects.toMatchObject({ code: 'unavailable' })
      await new Promise(setImmediate)
      await core.stop()
      await started
    }
  })

  it('says that its port is taken, and which setting holds it', async () => {
    await using first = await CoreProgram.start(ports)
    await expect(CoreProgram.start(ports, { port: first.core.port })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/is taken.*RECADO_CORE_PORT/) as string,
    })
  })

  it('listens on an address of IPv6', async () => {
    const core = createCore(coreConfig({ host: '::1' }), { ...ports, log: silent })
    await core.start()
    const clients = connect(core.port, undefined, '[::1]')
    try {
      expect(await clients.core.call((client) => client.getQueueLayout, {})).toEqual({ partitions: 8 })
    } finally {
      close(clients)
      await core.stop()
    }
  })

  it('forgets sessions that expired a day ago at its start, and tells nobody', async () => {
    const userId = await withProgram(ports, async (program) => {
      const ana = await program.signUp()
      return ana.id
    })
    await ports.database.write((transaction) =>
      transaction
        .updateTable('sessions')
        .set({ expires_at: new Date(0) })
        .execute(),
    )
    await withProgram(ports, async () => {
      await vi.waitFor(async () => {
        const left = await ports.database.read((handle) =>
          handle.selectFrom('sessions').select('id').where('user_id', '=', userId).execute(),
        )
        expect(left).toEqual([])
      }, 10_000)
    })
    const lost = await ports.database.read((handle) =>
      handle.selectFrom('revocations').select('kind').execute(),
    )
    expect(lost).toEqual([])
  })
})

/** Runs a core for a while; its housekeeping is over when it has stopped. */
async function withProgram<T>(ports: CorePorts, work: (program: CoreProgram) => Promise<T>): Promise<T> {
  await using program = await CoreProgram.start(ports)
  return await work(program)
}
