import { setTimeout as sleep } from 'node:timers/promises'

/** How long an answer about readiness may take, in milliseconds: who asks, asks often and waits for nobody. */
export const READY_DEADLINE_MS = 2_000

/** Whether all of `checks` succeed in time. What fails, answers false or hangs is not ready; nothing is thrown. */
export async function allAnswer(
  checks: readonly (() => Promise<unknown>)[],
  deadlineMs = READY_DEADLINE_MS,
): Promise<boolean> {
  const asked = Promise.all(checks.map(async (check) => (await check()) !== false)).then(
    (answers) => answers.every(Boolean),
    () => false,
  )
  const late = new AbortController()
  const deadline = sleep(deadlineMs, false, { signal: late.signal }).catch(() => false)
  try {
    return await Promise.race([asked, deadline])
  } finally {
    late.abort()
  }
}
