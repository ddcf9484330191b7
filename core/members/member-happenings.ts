import type { Handle } from '../handle.js'
import { insertHappenings, type Told } from '../happenings/happening-queries.js'
import { readMember } from './member-messages.js'
import { listMembershipsOf } from './member-queries.js'

/** Servers that are told at once of a profile: in the others it is seen when members are read. */
const MAX_TOLD = 100

/** Has the servers that a user is in tell that the profile was changed, in the transaction that does it. */
export async function tellProfile(transaction: Handle, userId: string): Promise<void> {
  const told: Told[] = []
  for (const row of await listMembershipsOf(transaction, userId, MAX_TOLD)) {
    const what = { $case: 'memberUpdated' as const, value: await readMember(transaction, row) }
    told.push({ topic: `server:${row.server_id}`, what })
  }
  await insertHappenings(transaction, told)
}
