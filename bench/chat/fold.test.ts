import { expect, it } from 'vitest'
import { foldHeard } from './fold.js'

it('messages are as their events leave them', () => {
  const message = { id: 'm', channel_id: 'c', sender_id: 'ana', content: 'one', seq: 1, count: 1 }
  const added = (user_id: string, emoji: string) => ({
    event: 'reaction:added',
    payload: { id: 'm', user_id, emoji },
  })
  const events = [
    { event: 'message:new', payload: message },
    { event: 'message:new', payload: { ...message, id: 'n' } },
    added('bo', 'x'),
    added('bo', 'x'),
    added('cy', 'y'),
    { event: 'reaction:removed', payload: { id: 'm', user_id: 'cy', emoji: 'y' } },
  ]
  const updated = { ...message, content: 'two', reactions: [{ emoji: 'x', user_ids: ['bo'] }] }

  expect(
    foldHeard([...events, { event: 'message:updated', payload: { message: updated } }]).get('m'),
  ).toEqual({
    content: 'two',
    isDeleted: false,
    marks: ['x bo'],
  })
  const gone = foldHeard([...events, { event: 'message:deleted', payload: { id: 'n' } }, added('bo', 'z')])
  expect(gone.get('m')).toEqual({ content: 'one', isDeleted: false, marks: ['x bo', 'z bo'] })
  expect(gone.get('n')).toEqual({ content: '', isDeleted: true, marks: [] })
})
