import type { User } from '../../gen/recado/v1/types.js'
import { RecadoError } from '../../lib/errors.js'
import { assertNoFaults } from '../../lib/faults.js'
import type { Database } from '../../ports/database/database.js'
import { PageTokens, type Page } from '../requests/page-token.js'
import { toUser } from '../users/user-messages.js'
import { findLivingUser, requireLockedUser, requireUser } from '../users/user-queries.js'
import { userNotFound } from '../users/user-rules.js'
import { countBlocks, deleteBlock, insertBlock, listBlocked } from './block-queries.js'

/** Users that one may block. */
const MAX_BLOCKS = 1_000

/** Blocks in a page where none were asked for. */
const DEFAULT_PAGE_SIZE = 100

/** Keeps who blocks whom. */
export class Blocks {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Blocks a user; nothing changes for one who is blocked.
   * @throws `invalid_argument` for oneself, `not_found`, `resource_exhausted`, `unauthenticated`
   */
  async add(userId: string, blockedId: string): Promise<void> {
    assertNoFaults({ user_id: blockedId === userId ? 'must be somebody else' : undefined })
    await this.#database.write(async (transaction) => {
      await requireLockedUser(transaction, userId)
      if (!(await findLivingUser(transaction, blockedId))) throw userNotFound()
      const isNew = await insertBlock(transaction, userId, blockedId)
      if (isNew && (await countBlocks(transaction, userId)) > MAX_BLOCKS) throw tooMany()
    })
  }

  /** Lifts a block; nothing changes where there is none. */
  async remove(userId: string, blockedId: string): Promise<void> {
    await this.#database.read((handle) => deleteBlock(handle, userId, blockedId))
  }

  /**
   * Lists whom a user blocks, in the order of their ids.
   * @throws `invalid_argument`, `unauthenticated`
   */
  async list(userId: string, asked: { pageSize: number; pageToken: string }): Promise<Page<User>> {
    const limit = asked.pageSize || DEFAULT_PAGE_SIZE
    const tokens = new PageTokens('blocks', userId)
    const start = tokens.toStart(asked.pageToken)
    return this.#database.read(async (handle) => {
      const rows = await listBlocked(handle, userId, start, limit + 1)
      if (rows.length === 0) await requireUser(handle, userId)
      const page = tokens.toPage(rows, limit, (row) => row.id)
      return { ...page, items: page.items.map(toUser) }
    })
  }
}

function tooMany(): RecadoError {
  return new RecadoError(
    'resource_exhausted',
    `You can block at most ${MAX_BLOCKS.toLocaleString('en')} users. Lift a block first.`,
    { retryable: false, reason: 'TOO_MANY_BLOCKS' },
  )
}
