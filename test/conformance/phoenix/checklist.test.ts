import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

/** What a server of the Phoenix protocol owes its clients. A test that proves one begins its title with the id. Presence (P) is not there yet. */
const checklist: Readonly<Record<string, string>> = {
  H1: 'the versions that `vsn` asks for',
  H2: 'no `vsn` is version 1',
  H3: 'the origins that may connect',
  H4: 'a slash behind the path',
  H5: 'the auth token by the subprotocol: `phoenix` is selected, the token decoded and never echoed',
  H6: 'whom the application refuses gets 403',
  C1: 'five elements out, compact',
  C2: 'five or more in',
  C3: 'refs come back with their type',
  C4: 'version 1 has four keys, the ref always',
  C5: 'the layouts of binary frames',
  C6: 'at most 255 bytes for each name',
  C7: 'malformed frames: 1011',
  D1: 'heartbeats, whatever their refs and payload',
  D2: 'an unmatched topic is answered with a null join_ref',
  D3: 'a leave of a topic that is not joined: ok',
  D4: 'stale join_refs are ignored',
  D5: 'a null join_ref is accepted',
  D6: 'the join reply precedes everything',
  D7: 'a duplicate join: the order, and the old join_ref',
  D8: 'two joins in one segment: the last wins, nothing is doubled',
  D9: 'a join while a join is pending',
  D10: 'a leave: the reply, then phx_close',
  D11: 'a crash ends its channel alone',
  D12: 'at most 100 channels',
  B1: 'broadcasts have null refs',
  B2: 'the sender is included, or left out',
  B3: 'one encoding for each version',
  B4: 'both versions on one topic',
  L1: 'only inbound frames count against idleness',
  L2: 'pings count',
  L3: 'the close code of idleness is not 1000',
  L4: 'a close is echoed at once',
  R1: 'every socket gets 1012, without a channel too',
  R2: 'in batches',
  R3: 'clients come back and join again',
}

const folders = ['.', '../../../gateway/phoenix/wire']

function titles(): string[] {
  return folders
    .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
    .flatMap((folder) => readdirSync(folder).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/^ *(?:it\(|\]\)\(|it\.each.*\()?'([A-Z]\d+): /gm),
    ])
    .map(([, id]) => id!)
}

it('every duty of the checklist has its test, and no other is claimed', () => {
  expect([...new Set(titles())].sort()).toEqual(Object.keys(checklist).sort())
})
