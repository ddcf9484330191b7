import type { FastifyRequest, FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { RecadoError } from '../../../lib/errors.js'

/** Names of fields are repeated in answers up to this length. */
const MAX_NAME_LENGTH = 64

/** So many fields are named in one answer. */
const MAX_NAMES = 8

/** What is wrong with each field, by its name. A map: a field may be called `__proto__`. */
type Faults = Map<string, string>

/**
 * Compiles a schema for one part of requests. Only numbers of the query are read from text. Strings must be well-formed Unicode:
 * protobuf would quietly replace lone surrogates on the way to core. What the schema leaves open is handed on as text, and not looked into.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const validator = Compile(schema)
  const isQuery = httpPart === 'querystring'
  return (given: unknown) => {
    const value = isQuery ? readNumbers(given, schema) : given
    const faults = validator.Check(value)
      ? findIllFormed(value, schema)
      : toFaults(validator.Errors(value), schema, isQuery ? 'query' : httpPart)
    return faults.size > 0 ? { error: toError(faults) } : { value }
  }
}

/** Refuses a body or query where the route declares none. */
export function refuseUndeclared(request: FastifyRequest): void {
  if (request.is404) return
  const { schema } = request.routeOptions
  const faults: Faults = new Map([
    ...(schema?.body ? [] : toUndeclared(request.body, 'body')),
    ...(schema?.querystring ? [] : toUndeclared(request.query, 'query')),
  ])
  if (faults.size > 0) throw toError(faults)
}

/** The error of fields that are at fault: each with what is wrong, to be read after its name. */
export function toError(faults: ReadonlyMap<string, string>): RecadoError {
  const texts = Array.from(faults, ([field, fault]) => `\`${field}\` ${fault}`)
  return new RecadoError('invalid_argument', `${texts.join('; ')}.`, { details: Object.fromEntries(faults) })
}

function readNumbers(given: unknown, schema: TSchema): unknown {
  const properties = 'properties' in schema ? (schema.properties as Record<string, { type?: string }>) : {}
  const read = ([name, value]: [string, unknown]) => [name, toNumber(value, properties[name]?.type)]
  return Object.fromEntries(Object.entries(given as Record<string, unknown>).map(read))
}

function toNumber(value: unknown, type: string | undefined): unknown {
  return type === 'integer' && typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
}

/** Of errors TypeBox finds the first few, however many there are. */
function toFaults(errors: readonly TLocalizedValidationError[], schema: TSchema, part: string): Faults {
  const faults: Faults = new Map()
  for (const error of errors) {
    const { keyword, instancePath, schemaPath, message } = error
    if (schemaPath.includes('/oneOf/')) continue
    if (keyword === 'oneOf')
      for (const [field, fault] of toChoice(schema, error.params.passingSchemas)) faults.set(field, fault)
    else if (keyword === 'pattern') faults.set(toName(instancePath, part), 'must not hold U+0000')
    else if (keyword === 'required')
      for (const field of error.params.requiredProperties)
        faults.set(toName(`${instancePath}/${field}`, part), 'is required')
    else if (keyword === 'boolean') faults.set(toName(instancePath, part), 'is not known here')
    else if (keyword === 'type')
      faults.set(toName(instancePath, part), toTypeFault(String(error.params.type)))
    else if (keyword !== 'additionalProperties') faults.set(toName(instancePath, part), message)
  }
  return faults
}

/** What is wrong with a choice: of the fields that one may give, each required by one alternative, none or several are there. */
function toChoice(schema: TSchema, passing: readonly number[]): [string, string][] {
  const { oneOf } = schema as unknown as { oneOf: { required: [string] }[] }
  const fields = oneOf.map(({ required: [field] }) => field)
  if (passing.length === 0) return [[fields[0] ?? '', 'is required']]
  return passing.map((index) => [fields[index] ?? '', `must be the only one of ${fields.join(', ')}`])
}

function toTypeFault(type: string): string {
  return `must be ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}

/** For values that have passed their schema. */
function findIllFormed(value: unknown, schema: unknown, path = ''): Faults {
  if (typeof value === 'string' && !value.isWellFormed())
    return new Map([[toName(path, 'body'), 'is not well-formed Unicode: it has a lone surrogate']])
  if (typeof value !== 'object' || value === null || isOpen(schema)) return new Map()
  const { items, properties = {} } = (schema ?? {}) as { items?: unknown; properties?: object }
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...findIllFormed(inner, items ?? properties[key as keyof typeof properties], `${path}/${key}`),
    ]),
  )
}

/** Whether a schema takes any object. */
function isOpen(schema: unknown): boolean {
  return schema instanceof Object && 'type' in schema && schema.type === 'object' && !('properties' in schema)
}

function toUndeclared(given: unknown, part: string): [string, string][] {
  if (given === undefined || given === null) return []
  if (typeof given !== 'object' || Array.isArray(given)) return [[part, 'must be left out']]
  const names = Object.keys(given).slice(0, MAX_NAMES)
  return names.map((name) => [toName(`/${name}`, part), 'is not known here'])
}

/** A JSON pointer as a name, as gRPC writes it: `/member_ids/0` is `member_ids[0]`. */
function toName(pointer: string, part: string): string {
  if (pointer === '') return part
  const path = pointer.slice(1).replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
  const name = path.replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  return name.slice(0, MAX_NAME_LENGTH)
}
