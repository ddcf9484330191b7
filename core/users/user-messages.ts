import type { User } from '../../gen/recado/v1/types.js'
import type { UserRow } from './user-queries.js'

/** A user as others see them. Of a deleted account nothing is left but that it was there. */
export function toUser(row: UserRow): User {
  const isDeleted = row.deleted_at !== null
  return {
    id: row.id,
    // What stands in the row of a deleted one only keeps its place in the index.
    username: isDeleted ? '' : row.username,
    createdAt: row.created_at.toISOString(),
    displayName: row.display_name,
    about: row.about,
    deletedAt: row.deleted_at?.toISOString(),
  }
}
