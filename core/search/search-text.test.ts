import { describe, expect, it } from 'vitest'
import { toIndexText, toSearchTerms } from './search-text.js'

describe('the text of the index', () => {
  it.each([
    ['Olá, mundo!', 'ola mundo'],
    ['OLA\u0301 Ação ÇA', 'ola acao ca'],
    ['Straße STRASSE', 'strasse strasse'],
    ['Łódź ærø þing İstanbul', 'lodz aero thing istanbul'],
    ['Άλφα ΣΊΣΥΦΟΣ', 'αλφα σισυφοσ'],
    ['Ёлка ёлка', 'елка елка'],
    ['ｆｕｌｌ ﬁne', 'full fine'],
    ["it's a-b_c v2.5", 'it s a b c v2 5'],
    ['日本語 text', '日 本 語 text'],
    ['हिन्दी', 'हिन्दी'],
    ['\u200b 🎈 … !', ''],
    ["'; drop table x; -- \\ : & | <->", 'drop table x'],
  ])('of %s', (text, expected) => {
    expect(toIndexText(text)).toBe(expected)
  })

  it('cuts long words alike in both', () => {
    const long = 'x'.repeat(100)
    expect(toIndexText(long)).toBe('x'.repeat(64))
    expect(toSearchTerms(long)).toEqual(['x'.repeat(64)])
  })
})

describe('the terms of a search', () => {
  it.each([
    ['Café com leite', ['cafe', 'com', 'leite']],
    ['"bom dia" Ana', ['bom dia', 'ana']],
    ['"bom dia', ['bom dia']],
    ['""', []],
    ['日本', ['日 本']],
    ['!!', []],
  ])('of %s', (query, expected) => {
    expect(toSearchTerms(query)).toEqual(expected)
  })

  it('are sixteen at most', () => {
    expect(toSearchTerms('a '.repeat(40))).toHaveLength(16)
    expect(toSearchTerms(`"${'a '.repeat(40)}"`)).toEqual([Array(16).fill('a').join(' ')])
  })
})
