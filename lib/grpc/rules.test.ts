import { createValidator, type Validator } from '@bufbuild/protovalidate'
import { expect, it } from 'vitest'
import { compileRules } from './rules.js'

/** Remembers what was held against its rules. */
function recording(): { met: string[]; validator: Validator } {
  const validator = createValidator()
  const met: string[] = []
  const validate: Validator['validate'] = (schema, message) => {
    met.push(schema.typeName)
    return validator.validate(schema, message)
  }
  return { met, validator: { ...validator, validate } }
}

it('meets each unary request of the services once, and no stream’s', async () => {
  const { met, validator } = recording()

  await compileRules(['recado.v1.MessagesService', 'recado.v1.HistoryService'], validator)

  expect(met).toContain('recado.v1.SendMessageRequest')
  expect(met).toContain('recado.v1.ListMessagesRequest')
  expect(met).not.toContain('recado.v1.ValidateMessagesRequest')
  expect(new Set(met).size).toBe(met.length)
})

it('lets others work in between', async () => {
  let turns = 0
  const turning = setInterval(() => (turns += 1))
  const { met, validator } = recording()
  const slow: Validator = {
    ...validator,
    validate(schema, message) {
      const until = performance.now() + 5
      while (performance.now() < until);
      return validator.validate(schema, message)
    },
  }

  await compileRules(['recado.v1.UsersService'], slow)
  clearInterval(turning)

  expect(turns).toBeGreaterThanOrEqual(met.length - 2)
})
