import { describe, expect, it } from 'vitest'
import { readOffer } from './subprotocol.js'

const entry = (token: string): string => `base64url.bearer.phx.${btoa(token).replace(/=/g, '')}`

describe('the subprotocol header', () => {
  it.each([
    [undefined, { selected: undefined, token: undefined }],
    ['phoenix', { selected: 'phoenix', token: undefined }],
    [`phoenix, ${entry('tok')}`, { selected: 'phoenix', token: 'tok' }],
    [`other, phoenix,${entry('é?>')}`, { selected: 'phoenix', token: 'é?>' }],
    [entry('tok'), { selected: undefined, token: 'tok' }],
    [`phoenix, ${entry('a')}, ${entry('b')}`, { selected: 'phoenix', token: undefined }],
    [`phoenix, ${entry('tok')}, ${entry('tok')}`, { selected: 'phoenix', token: undefined }],
    ['phoenix, base64url.bearer.phx.LV9-', { selected: 'phoenix', token: '-_~' }],
    ['other', undefined],
    [`other, ${entry('tok')}`, undefined],
    [`${entry('a')}, ${entry('b')}`, undefined],
    ['phoenix, base64url.bearer.phx.a', undefined],
    ['phoenix, base64url.bearer.phx.a!bc', undefined],
  ])('%j gives %j', (header, offer) => {
    expect(readOffer(header)).toEqual(offer)
  })
})
