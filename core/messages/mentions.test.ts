import { expect, it } from 'vitest'
import { toMentions } from './mentions.js'

it.each([
  ['nobody', [], false],
  ['<@ana> and <@bo>, <@ana>!', ['ana', 'bo'], false],
  ['<@everyone> <@bo>', ['bo'], true],
  ['<@ana bo> < @cy> <@> @dan <@<@eve>', ['eve'], false],
  ['<@a\ud800> <@b\0>', [], false],
  [`<@${'x'.repeat(129)}>`, [], false],
] as const)('mentions are the users that a text names: %s', (text, userIds, everyone) => {
  expect(toMentions(text)).toEqual({ userIds, everyone })
})

it('mentions are the first fifty', () => {
  const names = Array.from({ length: 51 }, (_, index) => `u${index}`)

  expect(toMentions(names.map((name) => `<@${name}>`).join('')).userIds).toEqual(names.slice(0, 50))
})
