import type { Packages } from '../system/packages.js'
import type { Launch } from './process.js'

/** What a service is given to start in. */
export type Place = {
  /** Its own temporary folder, empty. */
  dataDir: string
  packages: Packages
  say: (line: string) => void
  /** Starts a server and resolves when it answers. */
  launch: (launch: Launch) => Promise<void>
}

/** Starts a service's servers and resolves to its URL when it answers. */
export type Start = (place: Place) => Promise<string>
