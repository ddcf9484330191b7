import { setTimeout as pause } from 'node:timers/promises'

/** Calls `check` until it is true. Resolves to false when it is not within `withinMs`. */
export async function until(check: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (!(await check())) {
    if (performance.now() > deadline) return false
    await pause(50)
  }
  return true
}
