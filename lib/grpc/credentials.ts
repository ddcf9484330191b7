import { createHash, timingSafeEqual } from 'node:crypto'
import type { ChannelCredentials } from '@grpc/grpc-js'
import { credentials, ServerCredentials } from '@grpc/grpc-js'

/** The stable reason of a call whose service token is missing or wrong: one of our programs is set up wrongly, no user is at fault. */
export const WRONG_SERVICE_TOKEN = 'WRONG_SERVICE_TOKEN'

/** PEM files of one program, for mutual TLS. */
export type TlsFiles = { cert: Buffer; key: Buffer; ca: Buffer }

/** Server credentials: mutual TLS where files are given, else plain text for loopback and private networks. */
export function toServerCredentials(tls: TlsFiles | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure()
  return ServerCredentials.createSsl(tls.ca, [{ cert_chain: tls.cert, private_key: tls.key }], true)
}

/** Client credentials that fit {@link toServerCredentials}. */
export function toChannelCredentials(tls: TlsFiles | undefined): ChannelCredentials {
  return tls ? credentials.createSsl(tls.ca, tls.key, tls.cert) : credentials.createInsecure()
}

/** Compares secrets in a time that tells nothing about them. */
export function isSameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
