import fc from 'fast-check'
import { expect, it } from 'vitest'
import { JsonText, keepSource, memberText, rawItem, rawMember, toJsonText } from './json-text.js'

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

it('any item reads back from any array, pretty or not', () => {
  const property = fc.property(
    fc.array(fc.jsonValue(), { minLength: 1 }),
    fc.nat(),
    fc.constantFrom(0, 2),
    (items, place, indent) => {
      const index = place % items.length

      const raw = rawItem(JSON.stringify(items, undefined, indent), index)

      expect(JSON.parse(raw)).toEqual(JSON.parse(JSON.stringify(items[index])))
    },
  )
  fc.assert(property, { numRuns: 300, seed: 4 })
})

it('writes what JSON.stringify writes, for any value', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.object({
      withNullPrototype: false,
      values: [fc.string(), fc.double(), fc.constant(undefined), fc.date()],
    }),
  )
  fc.assert(
    fc.property(value, (given) => {
      expect(toJsonText(given)).toBe(JSON.stringify(given))
    }),
    { numRuns: 500, seed: 5 },
  )
})

it('writes text within it exactly as it was written', () => {
  const data = new JsonText('{"id":12345678901234567890,"x":1.0, "2":0,"1":0}')

  expect(toJsonText({ messages: [{ id: 'm', data }], none: undefined })).toBe(
    '{"messages":[{"id":"m","data":{"id":12345678901234567890,"x":1.0, "2":0,"1":0}}]}',
  )
  expect(JSON.stringify({ data: new JsonText('{"a":1.0}') })).toBe('{"data":{"a":1}}')
})

it('tells a member as it was written where the source was kept, else as it would be', () => {
  const json = '{"data":{"id":12345678901234567890}}'
  const [kept, other] = [JSON.parse(json), JSON.parse(json)] as { data?: object; nothing?: object }[]

  keepSource(kept, () => json)
  keepSource('no object', () => json)

  expect(memberText(kept!, 'data')).toBe('{"id":12345678901234567890}')
  expect(memberText(kept!, 'nothing')).toBeUndefined()
  expect(memberText(other!, 'data')).toBe('{"id":12345678901234567000}')
})
