import type { Migration } from '../../ports/database/migrations.js'
import { up as initial } from './migrations/0001-initial.js'
import { up as reasonsAndDeletedServers } from './migrations/0002-reasons-and-deleted-servers.js'
import { up as foldsRequestsDeletions } from './migrations/0003-folds-requests-deletions.js'
import { up as communities } from './migrations/0005-communities.js'
import { up as directsHappeningsReading } from './migrations/0006-directs-happenings-reading.js'
import { up as people } from './migrations/0007-people.js'
import { up as search } from './migrations/0008-search.js'
import { up as authors } from './migrations/0009-authors.js'
import { up as deletedAccountsAndRetention } from './migrations/0010-deleted-accounts-and-retention.js'
import { up as searchByTime } from './migrations/0011-search-by-time.js'

/** Every migration, in order: the first leads to version 1. What a step may do is said in `ports/database/migrations.ts`. */
export const migrations: readonly Migration[] = [
  { name: 'initial', up: initial },
  { name: 'reasons and deleted servers', up: reasonsAndDeletedServers },
  { name: 'folds, requests and deletions', up: foldsRequestsDeletions },
  { name: 'communities', up: communities },
  { name: 'directs, happenings and reading', up: directsHappeningsReading },
  { name: 'people', up: people },
  { name: 'search', up: search },
  { name: 'authors', up: authors },
  { name: 'deleted accounts and retention', up: deletedAccountsAndRetention },
  { name: 'search by time', up: searchByTime },
]
