import type { Handle } from '../handle.js'

/** Replaces a server's blocked words. */
export async function setBlockedWords(
  handle: Handle,
  serverId: string,
  blockedWords: string[],
): Promise<void> {
  await handle
    .updateTable('servers')
    .set({ blocked_words: blockedWords })
    .where('id', '=', serverId)
    .execute()
}
