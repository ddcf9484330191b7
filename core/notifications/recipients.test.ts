import { expect, it } from 'vitest'
import { StoredMessage } from '../../gen/recado/internal/v1/core_service.js'
import { toCandidates, type Surroundings } from './recipients.js'

const message = (given: Partial<StoredMessage> = {}) =>
  StoredMessage.fromPartial({ id: 'm', channelId: 'c', senderId: 'ana', ...given })
const told = (given: Partial<StoredMessage>, around: Partial<Surroundings> = {}) =>
  toCandidates(message(given), {
    participants: undefined,
    listeners: [],
    answered: undefined,
    ...around,
  }).map(({ userId, kind }) => `${userId} ${kind}`)

it.each<[string, Partial<StoredMessage>, Partial<Surroundings>, string[]]>([
  ['nobody', {}, {}, []],
  ['who is mentioned', { mentions: ['bo', 'cem'] }, {}, ['bo mention', 'cem mention']],
  ['who is answered', {}, { answered: 'bo' }, ['bo reply']],
  ['who listens', {}, { listeners: ['bo'] }, ['bo message']],
  ['the others of a direct', {}, { participants: ['ana', 'bo', 'cem'] }, ['bo direct', 'cem direct']],
  [
    'each once',
    { mentions: ['bo'] },
    { answered: 'bo', listeners: ['bo', 'cem'] },
    ['bo mention', 'cem message'],
  ],
  ['never who wrote it', { mentions: ['ana'] }, { answered: 'ana', listeners: ['ana'] }, []],
  ['a participant only as such', {}, { participants: ['ana', 'bo'], listeners: ['dee'] }, ['bo direct']],
])('tells %s', (_name, given, around, expected) => {
  expect(told(given, around)).toEqual(expected)
})
