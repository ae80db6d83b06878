import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseEmail, normaliseLocale, textProblem } from '../../src/policy/text.ts'

describe('an e-mail address', () => {
  it.each([
    ['ann@example.com', 'ann@example.com'],
    ['  Ann.B+news@Example.COM ', 'ann.b+news@example.com'],
    ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
    ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example'],
    ["o'hara@example.co.uk", "o'hara@example.co.uk"],
    ['jürgen@example.com', 'jürgen@example.com'],
    ['ju\u0308rgen@example.com', 'jürgen@example.com'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j becomes %j', (typed, address) => expect(normaliseEmail(typed)).toBe(address))

  it.each([
    '',
    'ann',
    'ann@',
    '@example.com',
    'ann@example',
    'ann@@example.com',
    'ann b@example.com',
    '.ann@example.com',
    'ann.@example.com',
    'a..b@example.com',
    'ann@example..com',
    'ann@.example.com',
    'ann@example.com.',
    'ann@example.com/x.org',
    'ann@example.com?x.org',
    'ann@example.com#x.org',
    'ann@%65xample.com',
    'ann@0x7f.1',
    'ann@127.0.0.1',
    'ann@exa_mple.com',
    'ann@-example.com',
    'ann@example-.com',
    `ann@${'x'.repeat(64)}.com`,
    'ann@exa mple.com',
    'ann@example.com\nbcc: eve@example.com',
    'ann@example.com,eve@example.com',
    '<ann@example.com>',
    'ann@\u0000example.com',
    'ann\ud800@example.com',
    `${'a'.repeat(65)}@example.com`,
    `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.com`,
    'x'.repeat(100_000),
  ])('is not %j', (typed) => expect(normaliseEmail(typed)).toBeNull())

  it('stays as it is once it is in its one form', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (typed) => {
        const address = normaliseEmail(typed)
        if (address !== null) expect(normaliseEmail(address)).toBe(address)
      }),
    )
  })
})

describe('a language tag', () => {
  it.each([
    ['en', 'en'],
    ['PT-br', 'pt-BR'],
    ['zh-hant-tw', 'zh-Hant-TW'],
  ])('%j becomes %j', (typed, tag) => expect(normaliseLocale(typed)).toBe(tag))

  it.each(['', 'e', 'en_GB', 'english please', 'en-', '../../etc', `en-${'x'.repeat(40)}`])('is not %j', (typed) =>
    expect(normaliseLocale(typed)).toBeNull(),
  )
})

describe('a line of text', () => {
  it('may be as long as it may be, in code points, and no longer', () => {
    expect(textProblem('😀'.repeat(128), 128)).toBeNull()
    expect(textProblem('😀'.repeat(129), 128)).toBe('Must be at most 128 characters.')
    expect(textProblem('', 128)).toBeNull()
  })

  it.each(['a\nb', 'a\rb', 'a\tb', 'a\u0000b', 'a\u001b[31mb', 'a\u007fb', 'a\u2028b', 'a\ud800b', 'a\udc00b'])(
    'is not %j',
    (text) => expect(textProblem(text, 128)).toBe('Must be one line of text without control characters.'),
  )

  it.each(['Ann', 'Ånn Ó Brien-Łukasz', '李小龍', '👩‍👩‍👧', 'שלום'])('may be %j', (text) =>
    expect(textProblem(text, 128)).toBeNull(),
  )
})
