import { describe, expect, it } from 'vitest'
import { parseOptions } from './options.js'

describe('the options of a replay', () => {
  it('has defaults for all but the file', () => {
    expect(parseOptions(['log.jsonl'])).toEqual({
      file: 'log.jsonl',
      url: undefined,
      profile: 'embedded',
      clients: 6_000,
      limit: Infinity,
      channels: Infinity,
      inFlight: 1_000,
      mix: undefined,
      rate: Infinity,
    })
  })

  it('takes the origin of a URL', () => {
    expect(parseOptions(['log', '--url', 'http://127.0.0.1:4000/'])).toMatchObject({
      url: 'http://127.0.0.1:4000',
    })
  })

  it.each([
    [[]],
    [['one', 'two']],
    [['log', '--clients', '0']],
    [['log', '--limit', '1.5']],
    [['log', '--profile', 'half']],
    [['log', '--url', '127.0.0.1:4000']],
    [['log', '--unknown']],
  ])('refuses %j', (args) => {
    expect(() => parseOptions(args)).toThrow(expect.objectContaining({ name: 'UsageError' }))
  })
})
