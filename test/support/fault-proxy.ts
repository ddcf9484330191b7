import net from 'node:net'

type Pair = readonly [client: net.Socket, server: net.Socket]

/** A TCP proxy on loopback that breaks connections on demand, to stand between a client and its server. */
export class FaultProxy {
  readonly #target: { host: string; port: number }
  readonly #server: net.Server
  readonly #pairs = new Set<Pair>()
  /** Those whose bytes wait while the link is stalled. */
  readonly #held = new Set<Pair>()
  #isAway = false
  #isStalled = false

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

  /** Holds every byte, of new connections too, until {@link comeBack}: what a link without a route looks like. */
  stall(): void {
    this.#isStalled = true
    for (const pair of this.#pairs) this.#hold(pair)
  }

  /** Takes connections again, and passes on what was held. */
  comeBack(): void {
    this.#isAway = false
    this.#isStalled = false
    for (const pair of this.#held) this.#pass(pair)
    this.#held.clear()
  }

  /** Stops passing bytes of the connections there are on, for ever and without breaking them; new ones are good. */
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
    if (this.#isStalled) this.#hold(pair)
    else this.#pass(pair)
    for (const [from, to] of both(pair)) {
      // A broken connection is this proxy's trade; it is passed on by breaking the other half.
      from.on('error', () => undefined)
      from.on('close', () => {
        to.destroy()
        this.#pairs.delete(pair)
        this.#held.delete(pair)
      })
    }
  }

  #pass(pair: Pair): void {
    for (const [from, to] of both(pair)) from.pipe(to)
  }

  #hold(pair: Pair): void {
    this.#held.add(pair)
    for (const [from, to] of both(pair)) from.unpipe(to).pause()
  }
}

function both([client, server]: Pair): [net.Socket, net.Socket][] {
  return [
    [client, server],
    [server, client],
  ]
}
