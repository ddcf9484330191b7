import { isIPv6, SocketAddress } from 'node:net'
import { RecadoError } from './errors.js'

/** `host:port` as URLs and gRPC write it: an address of IPv6 stands in brackets. */
export function toAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether a text is `host:port` or `[address of IPv6]:port`, the port from 1 to 65535. */
export function isAddress(text: string): boolean {
  const { bracketed, host, port } =
    /^(?:\[(?<bracketed>[^\]]+)\]|(?<host>[^\s/:[\]]+)):(?<port>\d{1,5})$/.exec(text)?.groups ?? {}
  if (bracketed === undefined && host === undefined) return false
  if (bracketed !== undefined && !isIPv6(bracketed)) return false
  return Number(port) >= 1 && Number(port) <= 65_535
}

/**
 * What a client's address is counted by: of IPv6 its /64, as four groups of hexadecimal digits, for one subscriber usually holds a whole
 * one. An address of IPv4 counts by itself, also where it is written as one of IPv6; so does any other text.
 */
export function toNetwork(address: string): string {
  if (!isIPv6(address)) return address
  const plain = new SocketAddress({ address, family: 'ipv6' }).address
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1]
  return v4 ?? expand(plain).slice(0, 4).join(':')
}

function expand(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  return [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
}

/** Where a listener was to be, and the settings that say so. */
export type Listening = {
  /** A name or an address of this machine, of IPv6 without brackets. */
  host: string
  /** 0: any free one. */
  port: number
  /** The setting that holds the port, as `RECADO_HTTP_PORT`. */
  portSetting: string
}

/** What went wrong, by the code of the system, which gRPC has in its message only. */
const reasons: Record<string, (listening: Listening) => string> = {
  EADDRINUSE: ({ host, port, portSetting }) =>
    `Port ${port} of ${host} is taken. Stop the program that has it, or set ${portSetting} to another.`,
  EACCES: ({ port, portSetting }) =>
    `This user may not listen on port ${port}: set ${portSetting} to one above 1023.`,
  EADDRNOTAVAIL: notOurs,
  ENOTFOUND: notOurs,
  EAI_AGAIN: notOurs,
  EAFNOSUPPORT: notOurs,
}

/** The error for a port that could not be had: `unavailable`, in words that name the setting. */
export function cannotListen(listening: Listening, cause: Error): RecadoError {
  const code = Object.keys(reasons).find(
    (each) => (cause as NodeJS.ErrnoException).code === each || cause.message.includes(each),
  )
  const reason =
    (code && reasons[code]?.(listening)) ??
    `Nothing can listen on ${toAddress(listening.host, listening.port)} (RECADO_HOST, ${listening.portSetting}).`
  return new RecadoError('unavailable', reason, { cause })
}

function notOurs({ host }: Listening): string {
  return `${host} is no address of this machine: set RECADO_HOST to one, as 127.0.0.1, ::1 or 0.0.0.0.`
}
