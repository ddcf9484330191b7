import pg from 'pg'
import { expect, it } from 'vitest'
import { RecadoError } from '../../../lib/errors.js'
import { toPortError, unavailable } from './connection-faults.js'

const databaseError = (code: string) => Object.assign(new pg.DatabaseError('no', 2, 'error'), { code })

it.each([
  ['53100', 'The disk of the database is full. Try again once there is room.'],
  ['53300', 'The database is away. Try again in a moment.'],
  ['57P01', 'The database is away. Try again in a moment.'],
  ['40P01', 'The database is away. Try again in a moment.'],
  ['25006', 'The database is away. Try again in a moment.'],
  ['XX000', 'The database is away. Try again in a moment.'],
])('%s passes, and says: %s', (code, message) => {
  expect(toPortError(databaseError(code))).toMatchObject({ code: 'unavailable', message })
})

it.each(['22008', '23505', '42P01'])('%s is the statement’s own', (code) => {
  expect(toPortError(databaseError(code))).not.toBeInstanceOf(RecadoError)
})

it('tells what somebody must mend by the setting', () => {
  const { cause } = unavailable(databaseError('28P01'))

  expect(cause).toMatchObject({ message: expect.stringContaining('DATABASE_URL') })
})
