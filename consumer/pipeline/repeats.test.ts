import fc from 'fast-check'
import { expect, it } from 'vitest'
import { firstOfEach } from './repeats.js'

it('of any list the first of each id stays, in order of first appearance', () => {
  const ids = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 40 })
  fc.assert(
    fc.property(ids, (list) => {
      const entries = list.map((id, place) => ({ id, place }))

      const firsts = firstOfEach(entries)

      expect(firsts).toEqual(entries.filter(({ id, place }) => list.indexOf(id) === place))
    }),
  )
})
