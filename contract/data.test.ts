import { expect, it } from 'vitest'
import { isData } from './data.js'

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
