import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import { RecadoError } from '../../../lib/errors.js'
import { compileValidator } from './validation.js'

const Schema = Type.Object(
  {
    name: Type.String(),
    count: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    words: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

const validate = (httpPart: string, value: unknown) =>
  compileValidator({ schema: Schema, method: 'POST', url: '/', httpPart })(value) as {
    value?: unknown
    error?: RecadoError
  }

describe('validation of requests', () => {
  it('passes on what fits', () => {
    expect(validate('body', { name: 'Tea', count: 3, words: ['a'] })).toEqual({
      value: { name: 'Tea', count: 3, words: ['a'] },
    })
  })

  it.each<[string, unknown, Record<string, string>]>([
    ['a field is missing', {}, { name: 'is required' }],
    ['a field is unknown', { name: 'Tea', colour: 1 }, { colour: 'is not known here' }],
    ['a type is wrong', { name: 7 }, { name: 'must be a string' }],
    ['a type is wrong in a list', { name: 'Tea', words: ['a', null] }, { 'words[1]': 'must be a string' }],
    ['a number comes as text', { name: 'Tea', count: '3' }, { count: 'must be an integer' }],
    ['a number is out of range', { name: 'Tea', count: 101 }, { count: 'must be <= 100' }],
    ['a number is not whole', { name: 'Tea', count: 1.5 }, { count: 'must be an integer' }],
    ['the whole is no object', [], { body: 'must be an object' }],
    ['there is no body', null, { body: 'must be an object' }],
    [
      'a text has a lone surrogate',
      { name: 'Tea', words: ['\ud800'] },
      { 'words[0]': 'is not well-formed Unicode: it has a lone surrogate' },
    ],
  ])('names the field when %s', (_case, value, details) => {
    expect(validate('body', value).error).toMatchObject({ code: 'invalid_argument', details })
  })

  it('names a field called __proto__', () => {
    const { error } = validate('body', JSON.parse('{"name": "Tea", "__proto__": {"count": 1}}'))

    expect(Object.entries(error?.details ?? {})).toEqual([['__proto__', 'is not known here']])
  })

  it('names no more than a few of many unknown fields, and each in short', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`${n}${'x'.repeat(100)}`, n]))

    const { error } = validate('body', { name: 'Tea', ...many })

    expect(Object.keys(error?.details ?? {}).length).toBeLessThanOrEqual(8)
    expect(error?.message.length).toBeLessThan(1_000)
  })

  it('does not look into what the schema leaves open, however deep it is', () => {
    const Open = Type.Object({ data: Type.Unsafe<object>({ type: 'object' }) })
    const deep = JSON.parse(`{"data":{"a":"\\ud800","b":${'['.repeat(60_000)}${']'.repeat(60_000)}}}`)
    const open = compileValidator({ schema: Open, method: 'POST', url: '/', httpPart: 'body' })

    expect(open(deep)).toEqual({ value: deep })
  })

  it('finds the first few of 110,000 unknown fields without looking at the others', () => {
    const many = Object.fromEntries(Array.from({ length: 110_000 }, (_, n) => [`k${n}`, 1]))
    const seen = { count: 0 }
    const watched = new Proxy(many, {
      get: (target, name) => {
        seen.count++
        return Reflect.get(target, name) as unknown
      },
    })

    const { error } = validate('body', watched)

    expect(Object.keys(error?.details ?? {})).toContain('name')
    expect(seen.count).toBeLessThan(250_000)
  })

  it('reads numbers of the query from text', () => {
    expect(validate('querystring', { name: '12', count: '7' })).toEqual({ value: { name: '12', count: 7 } })
  })

  it.each(['', '1e1', '0x1', '1.5', ' 1', 'one', '-1', '99999999999999999999'])(
    'refuses %j for a number of the query',
    (count) => {
      expect(validate('querystring', { name: 'Tea', count }).error).toBeInstanceOf(RecadoError)
    },
  )

  it('refuses a parameter of the query that comes twice', () => {
    expect(validate('querystring', { name: ['a', 'b'] }).error?.details).toEqual({ name: 'must be a string' })
  })
})
