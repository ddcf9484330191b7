/** The partition that a channel's messages go through, 0..`partitions`−1: the same in every program, and for ever. */
export function toPartition(channelId: string, partitions: number): number {
  return hashOf(channelId) % partitions
}

/** FNV-1a of 32 bits over UTF-8 with a final mix. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  return hash >>> 0
}
