import net from 'node:net'

/** A TCP proxy on loopback that breaks connections on demand, to stand between a client and its server. */
export class FaultProxy {
  readonly #target: { host: string; port: number }
  readonly #server: net.Server
  readonly #pairs = new Set<readonly [net.Socket, net.Socket]>()
  #isAway = false

  constructor(target: { host: string; port: number }) {
    this.#target = target
    this.#server = net.createServer((client) => this.#join(client))
  }

  /** Begins to listen on a free port and returns `url` with that port in it. */
  static async before(url: string): Promise<{ proxy: FaultProxy; url: string }> {
    const proxied = new URL(url)
    const proxy = new FaultProxy({ host: proxied.hostname, port: Number(proxied.port) })
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    proxied.hostname = '127.0.0.1'
    proxied.port = String((proxy.#server.address() as net.AddressInfo).port)
    return { proxy, url: proxied.href }
  }

  /** Breaks every connection, in the middle of whatever is on its way. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  /** Breaks every connection and takes no new ones until {@link comeBack}. */
  goAway(): void {
    this.#isAway = true
    this.cut()
  }

  /** Takes connections again. */
  comeBack(): void {
    this.#isAway = false
  }

  /** Stops passing bytes on, without breaking anything: what a lost network looks like. */
  freeze(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
  }

  /** Breaks every connection and stops listening. */
  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(client: net.Socket): void {
    if (this.#isAway) return void client.destroy()
    const server = net.connect({ ...this.#target, noDelay: true })
    client.setNoDelay(true)
    const pair = [client, server] as const
    this.#pairs.add(pair)
    for (const [from, to] of [pair, [server, client] as const]) {
      from.pipe(to)
      // A broken connection is this proxy's trade; it is passed on by breaking the other half.
      from.on('error', () => undefined)
      from.on('close', () => {
        to.destroy()
        this.#pairs.delete(pair)
      })
    }
  }
}
