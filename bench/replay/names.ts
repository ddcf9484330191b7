/** A username's greatest length. */
const maxUsername = 32
const maxChannelName = 100

/**
 * A username for an author of a log: as much of the nickname as is legal, then the run and the author's number, so
 * that no two are alike, in this run or another. `run` is at most 6 characters.
 */
export function usernameFor(nickname: string, run: string, index: number): string {
  const ending = `~${run}${index.toString(36)}`
  return cut(printable(nickname), maxUsername - ending.length).trimStart() + ending
}

/** Names for the channels of a log: as much of each as is legal, and no two alike in any case. */
export function channelNames(labels: readonly string[]): string[] {
  // Every server has a channel of this name already.
  const taken = new Set(['general'])
  return labels.map((label, index) => {
    const plain = cut(printable(label).trim(), maxChannelName - 10)
    const name = plain === '' || taken.has(plain.toLowerCase()) ? `${plain}~${index}` : plain
    taken.add(name.toLowerCase())
    return name
  })
}

function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
}

/** At most so many UTF-16 units, never half a character. */
function cut(text: string, maxLength: number): string {
  let length = 0
  let kept = ''
  for (const character of text) {
    length += character.length
    if (length > maxLength) break
    kept += character
  }
  return kept
}
