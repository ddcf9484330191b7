import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isData, rawMember, toData } from './data.js'

it.each([
  ['{"data":{"id":12345678901234567890,"x":1.0}}', '{"id":12345678901234567890,"x":1.0}'],
  [' { "a" : [1,{"data":2}] , "data" : { "k": "},\\"" } }', '{ "k": "},\\"" }'],
  ['{"data":1,"d\\u0061ta":[true , "]"] }', '[true , "]"]'],
  ['{"nested":{"data":1}}', undefined],
  ['{}', undefined],
  ['{"data":"\\\\"}', '"\\\\"'],
])('the member of %s', (json, raw) => {
  expect(rawMember(json, 'data')).toBe(raw)
})

it('any value reads back from any object, pretty or not', () => {
  const property = fc.property(
    fc.object(),
    fc.jsonValue(),
    fc.constantFrom(0, 2),
    (others, value, indent) => {
      const object = { ...(JSON.parse(JSON.stringify(others)) as object), data: value }
      const raw = rawMember(JSON.stringify(object, undefined, indent), 'data')
      expect(JSON.parse(raw ?? '')).toEqual(JSON.parse(JSON.stringify(value)))
    },
  )
  fc.assert(property, { numRuns: 300, seed: 3 })
})

it.each([
  ['{}', true],
  [' {"a":[1e400,12345678901234567890,"\\ud800\\u0000"]} ', true],
  [`{"a":"${'x'.repeat(8_184)}"}`, true],
  [`{"a":"${'x'.repeat(8_185)}"}`, false],
  ['[]', false],
  ['null', false],
  ['"{}"', false],
  ['{"a":1},"b":{}', false],
  ['{"a":"\ud800"}', false],
  ['', false],
])('whether %.20s is data: %s', (text, is) => {
  expect(isData(text)).toBe(is)
})

it('is refused where it is nested deeper than a stack goes', () => {
  const deep: unknown = JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)

  expect(() => toData(deep as object)).toThrowError(
    expect.objectContaining({ code: 'invalid_argument', details: { data: expect.any(String) } }),
  )
  expect(toData({ a: [1] })).toBe('{"a":[1]}')
})
