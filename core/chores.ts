import type { Aggregates, CoreDeps } from './aggregates.js'
import { forgetAuditEntries } from './audit/audit-queries.js'
import { untilFewer, type Chore } from './housekeeping.js'
import { forgetTurns } from './messages/turn-queries.js'
import { forgetRequests } from './requests/request-ids.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Names of requests that are forgotten in one statement. */
const FORGET_BATCH = 1_000

/** What core does now and then, of its own accord. Any number of cores may do it at once. */
export function createChores(aggregates: Aggregates, { database, heads }: CoreDeps): Chore[] {
  const { sessions, revocationLog, happeningLog, deletions } = aggregates
  return [
    { name: 'forget refusals', everyMs: HOUR_MS, run: () => heads.forget() },
    { name: 'forget expired sessions', everyMs: HOUR_MS, run: (signal) => sessions.forgetExpired(signal) },
    { name: 'forget lost rights', everyMs: HOUR_MS, run: (signal) => revocationLog.forget(signal) },
    {
      name: 'forget what topics have told',
      everyMs: 10 * MINUTE_MS,
      run: (signal) => happeningLog.forget(signal),
    },
    {
      name: 'forget request ids',
      everyMs: HOUR_MS,
      run: (signal) =>
        untilFewer(FORGET_BATCH, signal, () =>
          database.read((handle) => forgetRequests(handle, FORGET_BATCH)),
        ),
    },
    {
      name: 'forget turns of slow mode',
      everyMs: HOUR_MS,
      run: (signal) =>
        untilFewer(FORGET_BATCH, signal, () => database.read((handle) => forgetTurns(handle, FORGET_BATCH))),
    },
    {
      name: 'forget audit entries',
      everyMs: HOUR_MS,
      run: (signal) =>
        untilFewer(FORGET_BATCH, signal, () =>
          database.read((handle) => forgetAuditEntries(handle, FORGET_BATCH)),
        ),
    },
    { name: 'delete events of deleted channels', everyMs: MINUTE_MS, run: (signal) => deletions.run(signal) },
  ]
}
