import { getOption, hasOption } from '@bufbuild/protobuf'
import { field as fieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js'

/** The names that JSON Schema has for the rules of the contract. A rule without one is for gRPC alone. */
const names = {
  string: { minLen: 'minLength', maxLen: 'maxLength', maxBytes: 'maxBytes', pattern: 'pattern' },
  bytes: { maxLen: 'maxBytes' },
  repeated: { minItems: 'minItems', maxItems: 'maxItems', unique: 'uniqueItems' },
  int32: { gte: 'minimum', lte: 'maximum' },
  int64: { gte: 'minimum', lte: 'maximum' },
}

/** Writes `gen/limits.ts`: the limits that stand in the contract as rules, for whoever speaks JSON. */
export function writeLimits(registry) {
  const messages = [...registry]
    .filter((type) => type.kind === 'message' && type.typeName.startsWith('recado.'))
    .map((type) => [type.typeName, toFields(type)])
    .filter(([, fields]) => Object.keys(fields).length > 0)
  return `// Made by \`npm run gen\` from the rules in proto/. Do not edit.

/** The limits of each field, by message and by the names of JSON Schema. Lengths are in code points. */
export const limits = ${JSON.stringify(Object.fromEntries(messages), undefined, 2)} as const
`
}

function toFields(message) {
  const fields = message.fields.filter((field) => hasOption(field, fieldRules))
  return Object.fromEntries(fields.map((field) => [field.name, toLimits(getOption(field, fieldRules).type)]))
}

function toLimits({ case: kind, value: rules }) {
  const limits = {}
  for (const [rule, name] of Object.entries(names[kind] ?? {})) {
    const limit = toLimit(rules, rule)
    if (limit !== undefined) limits[name] = limit
  }
  // No string of the contract is refused for anything else that it holds.
  if (kind === 'string' && rules.notContains === '\0') limits.pattern = '^[^\\u0000]*$'
  if (kind === 'repeated' && rules.items) limits.items = toLimits(rules.items.type)
  return limits
}

/** A rule's value: of its own field, or of the oneof that a bound stands in. */
function toLimit(rules, rule) {
  const bounds = { gte: rules.greaterThan, lte: rules.lessThan }
  const value =
    rule in bounds
      ? bounds[rule]?.case === rule
        ? bounds[rule].value
        : undefined
      : Object.hasOwn(rules, rule)
        ? rules[rule]
        : undefined
  return typeof value === 'bigint' ? Number(value) : value
}
