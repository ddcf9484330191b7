/** Runs `stop` when this process is asked to end, then lets it end as asked. Returns what undoes that. */
export function onSignal(stop: () => Promise<void>): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const remove = () => signals.forEach((signal) => process.removeListener(signal, ended))
  const ended = (signal: NodeJS.Signals) => {
    remove()
    void stop().finally(() => process.kill(process.pid, signal))
  }
  for (const signal of signals) process.on(signal, ended)
  return remove
}
