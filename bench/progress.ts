/** How often a line is printed where there is no terminal, in milliseconds. */
const lineEveryMs = 5_000
const barEveryMs = 100
const barWidth = 30

/** Tells on stderr how far a long task has come: a bar on a terminal, else a line every 5 s. */
export class Progress {
  readonly #isTerminal = process.stderr.isTTY
  readonly #timer: NodeJS.Timeout
  #label = ''
  #done: () => number = () => 0
  #total = 0
  #shown = ''

  constructor() {
    this.#timer = setInterval(() => this.#show(), this.#isTerminal ? barEveryMs : lineEveryMs).unref()
  }

  /** Begins the next task; `done` says how many of `total` are done whenever it is asked. */
  begin(label: string, total: number, done: () => number): void {
    this.#endLine()
    this.#label = label
    this.#total = total
    this.#done = done
  }

  /** Ends the last task and stops telling. */
  stop(): void {
    clearInterval(this.#timer)
    this.#endLine()
  }

  #show(): void {
    if (this.#label === '') return
    const done = this.#done()
    const counts = `${done.toLocaleString('en')} of ${this.#total.toLocaleString('en')}`
    if (!this.#isTerminal) return this.#print(`${this.#label}: ${counts}\n`)
    const filled = Math.min(barWidth, Math.round((done / Math.max(this.#total, 1)) * barWidth))
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
    this.#print(`\r\u001b[K${this.#label.padEnd(20)} ${bar} ${counts}`)
  }

  #endLine(): void {
    if (this.#label === '' || !this.#isTerminal) return
    this.#show()
    process.stderr.write('\n')
  }

  #print(text: string): void {
    if (text !== this.#shown) process.stderr.write(text)
    this.#shown = text
  }
}
