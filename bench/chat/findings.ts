/** What happened on the way that is no fault. */
export type Incident = 'reconnect' | 'repeat' | 'recovered event' | 'repaired event' | 'closed client'

/** What kind of promise a fault breaks. */
export const faultKinds = ['lost', 'doubled', 'misordered', 'wrongly told', 'other'] as const
export type FaultKind = (typeof faultKinds)[number]

const kept = 20

/** What a run found: its faults, and a count of what it had to get over. */
export class Findings {
  readonly #first: string[] = []
  readonly #incidents = new Map<Incident, number>()
  readonly #faults = new Map<FaultKind, number>()

  /** How many faults there were. */
  get faults(): number {
    return faultKinds.reduce((sum, kind) => sum + this.faultsOf(kind), 0)
  }

  /** How many there were of one kind. */
  faultsOf(kind: FaultKind): number {
    return this.#faults.get(kind) ?? 0
  }

  /** The first 20 faults, in words. */
  get firstFaults(): readonly string[] {
    return this.#first
  }

  /** Something that must not happen did. */
  fault(text: string, kind: FaultKind = 'other'): void {
    this.#faults.set(kind, this.faultsOf(kind) + 1)
    if (this.#first.length < kept) this.#first.push(text)
  }

  /** Counts something that may happen. */
  note(incident: Incident, times = 1): void {
    this.#incidents.set(incident, this.count(incident) + times)
  }

  /** How often something happened. */
  count(incident: Incident): number {
    return this.#incidents.get(incident) ?? 0
  }
}
