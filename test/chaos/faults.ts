/** What is done to a target: its process is killed and started again, or stopped for a while; or its link is. */
export const verbs = ['kill', 'freeze', 'cut', 'stall', 'half-open'] as const
export type Verb = (typeof verbs)[number]

/** One thing that goes wrong, written `verb:target`. */
export type Fault = { verb: Verb; target: string }

const servers = ['postgres', 'mongodb', 'redis', 'rabbitmq']
const programs = ['gateway', 'core-1', 'core-2', 'consumer-1', 'consumer-2']
const links = ['gateway', 'core', 'consumer', ...servers]

const pairs = [
  'kill:gateway+kill:consumer-1',
  'kill:core-1+kill:consumer-1',
  'kill:consumer-1+kill:consumer-2',
  'kill:postgres+kill:consumer-1',
  'kill:rabbitmq+kill:redis',
  'kill:rabbitmq+kill:gateway',
  'freeze:postgres+kill:gateway',
  'freeze:mongodb+kill:consumer-1',
  'freeze:core-1+kill:consumer-1',
  'stall:rabbitmq+kill:core-1',
  'half-open:postgres+half-open:rabbitmq',
  'cut:consumer+cut:gateway',
]

const each = (verbs: readonly Verb[], targets: readonly string[]) =>
  verbs.flatMap((verb) => targets.map((target) => `${verb}:${target}`))

/** The rows of the fault table by profile: each fault alone, then pairs, joined by `+`. */
export const rows = {
  embedded: [
    ...each(['kill', 'freeze'], ['embedded']),
    ...each(['cut', 'stall', 'half-open'], ['gateway', 'core']),
  ],
  full: [
    ...each(['kill', 'freeze'], [...programs, ...servers, 'mongodb-postgres']),
    ...each(['cut', 'stall', 'half-open'], links),
    ...pairs,
  ],
} as const

/** Reads a row. @throws Error that says what is wrong with it. */
export function parseRow(row: string): Fault[] {
  return row.split('+').map((text) => {
    const [verb, target, ...others] = text.split(':')
    if (!verbs.includes(verb as Verb) || !target || others.length > 0)
      throw new Error(
        `"${text}" is no fault: write one of ${verbs.join(', ')}, a colon and a target, as kill:redis.`,
      )
    return { verb: verb as Verb, target }
  })
}
