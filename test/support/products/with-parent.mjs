// Loaded into each program before its own code: the program stops when whoever started it is gone, however that ended.
// Its standard input is a pipe from there, of which nothing else is wanted.
const stopWithinMs = 30_000

process.stdin.once('close', () => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), stopWithinMs).unref()
  process.kill(process.pid, 'SIGTERM')
})
process.stdin.resume()
process.stdin.unref()
