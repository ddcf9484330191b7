import { describe, expect, it } from 'vitest'
import { parseRow, rows } from './faults.js'
import { parseOptions } from './options.js'

describe('the rows of the fault table', () => {
  it('can all be read, and none stands there twice', () => {
    for (const profile of ['embedded', 'full'] as const) {
      expect(rows[profile].flatMap(parseRow)).not.toEqual([])
      expect(new Set(rows[profile]).size).toBe(rows[profile].length)
    }
  })

  it.each(['burn:redis', 'kill', 'kill:', 'kill:a:b', ''])('are refused where they are none: "%s"', (row) => {
    expect(() => parseRow(row)).toThrow(/is no fault/)
  })
})

describe('the command line', () => {
  const rowsOf = (...args: string[]) => {
    const options = parseOptions(args)
    return options === 'help' ? options : options.rows
  }

  it('chooses the whole table, a part of it, a row of it, or one of its own', () => {
    expect(rowsOf()).toEqual(rows.embedded)
    expect(rowsOf('--profile', 'full', 'mongodb-postgres')).toEqual([
      'kill:mongodb-postgres',
      'freeze:mongodb-postgres',
    ])
    expect(rowsOf('--profile', 'full', 'kill:redis', 'kill:redis')).toEqual(['kill:redis'])
    expect(rowsOf('--profile', 'full', 'kill:redis+cut:core')).toEqual(['kill:redis+cut:core'])
  })

  it.each([['--profile', 'half'], ['--hold', '0'], ['--nothing'], ['nonsense']])(
    'refuses %s %s',
    (...args) => {
      expect(() => parseOptions(args)).toThrow(/takes|is no fault|Unknown option/)
    },
  )
})
