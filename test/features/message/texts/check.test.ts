import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CATALOGUES } from '../../../../src/features/message/texts/catalogue.ts'
import { checkTexts } from '../../../../src/features/message/texts/check.ts'
import { compose } from '../../../../src/features/message/texts/compose.ts'
import type { MessageKind } from '../../../../src/features/message/texts/kinds.ts'
import { SAMPLES } from './samples.ts'

const KINDS = Object.keys(SAMPLES) as MessageKind[]

const problemsOf = (content: unknown, name = 'de.json'): readonly string[] =>
  checkTexts([{ name, text: JSON.stringify(content) }]).problems.map((problem) => problem.replace(`${name}: `, ''))

const subject = (text: unknown) => ({ mails: { 'session-alert': { subject: text } } })
const expiry = (text: string) => ({ mails: { 'password-recovery': { expiry: text } } })

describe("an operator's texts", () => {
  it('may be whole, in part, empty, and in further languages', () => {
    for (const content of [CATALOGUES.fr, subject('Hallo'), {}, { brand: 'Acme' }, { mails: {} }])
      expect(problemsOf(content)).toEqual([])
    expect(checkTexts([{ name: 'nl.json', text: '\ufeff{"brand":"Acme"}' }])).toEqual({
      overrides: { nl: { brand: 'Acme' } },
      problems: [],
    })
  })

  const wrong: readonly (readonly [unknown, string])[] = [
    [[], 'it is no object'],
    ['text', 'it is no object'],
    [null, 'it is no object'],
    [{ mails: 'text' }, 'mails is no object'],
    [{ mail: {} }, 'mail is unknown'],
    [{ mails: { 'session-alrt': {} } }, 'mails.session-alrt is unknown'],
    [{ mails: { 'session-alert': { sender: 'x' } } }, 'mails.session-alert.sender is unknown'],
    [JSON.parse('{"__proto__":{"subject":"x"}}'), '__proto__ is unknown'],
    [{ common: { toString: 'x' } }, 'common.toString is unknown'],
    [subject(7), 'mails.session-alert.subject is no text'],
    [subject(['x']), 'mails.session-alert.subject is no text'],
    [subject(' '), 'mails.session-alert.subject is empty'],
    [subject('Hello {'), 'mails.session-alert.subject is no ICU message'],
    [subject('Hello {name}'), 'mails.session-alert.subject has a placeholder {name} that nothing is known for'],
    [{ brand: '{name}' }, 'brand has a placeholder {name} that nothing is known for'],
    [{ common: { greeting: 'Hello' } }, 'common.greeting lacks the placeholder {name}'],
    [{ common: { greeting: "L'{name}" } }, 'common.greeting lacks the placeholder {name}'],
    [{ common: { greeting: '{name, number}' } }, 'common.greeting uses {name} in a way that does not fit it'],
    [{ common: { greeting: '{name, select, Ada {x} other {y}}' } }, 'common.greeting uses {name} in a way that does not fit it'],
    [expiry('An hour.'), 'mails.password-recovery.expiry lacks the placeholder {minutes}'],
    [expiry('{minutes, plural, one {x}}'), 'mails.password-recovery.expiry is no ICU message'],
    [expiry('{minutes, date}'), 'mails.password-recovery.expiry uses {minutes} in a way that does not fit it'],
    [
      expiry('{minutes, plural, other {# {url}}}'),
      'mails.password-recovery.expiry has a placeholder {url} that nothing is known for',
    ],
  ]
  it.each(wrong)('such as %j are refused: %s', (content, problem) => expect(problemsOf(content)).toEqual([problem]))

  it.each(['deutsch!.json', 'pt_BR.json', 'PT-br.json', 'de-u-ca-buddhist.json', '.json', '__proto__.json'])(
    'in a file named %s are refused',
    (name) => expect(problemsOf({}, name)).toEqual(['is not named by a language tag such as de.json or pt-BR.json']),
  )

  it('are told of everything at once, file by file', () => {
    const { problems } = checkTexts([
      { name: 'de.json', text: JSON.stringify({ ...subject('{'), common: { greeting: 'Hallo' }, colour: 'red' }) },
      { name: 'fr.json', text: '{"mails": ' },
      { name: 'x y.json', text: JSON.stringify(subject(1)) },
    ])
    expect(problems).toEqual([
      'de.json: mails.session-alert.subject is no ICU message',
      'de.json: common.greeting lacks the placeholder {name}',
      'de.json: colour is unknown',
      'fr.json: is no JSON',
      'x y.json: is not named by a language tag such as de.json or pt-BR.json',
      'x y.json: mails.session-alert.subject is no text',
    ])
  })

  it('never make a mail fail or lose its link once they have passed', () => {
    const pieces = [
      '{name}',
      '{minutes}',
      '{newEmail}',
      '{hours, plural, other {#}}',
      "'",
      '{',
      '}',
      '#',
      '<b>',
      'text',
      '\n',
      '{isNewDevice, select, true {a} other {b}}',
    ]
    const message = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(' '))
    const places = KINDS.flatMap((kind) => Object.keys(CATALOGUES.en.mails[kind]).map((name) => [kind, name] as const))
    let passed = 0
    fc.assert(
      fc.property(fc.constantFrom(...places), message, ([kind, name], text) => {
        const file = { name: 'de.json', text: JSON.stringify({ mails: { [kind]: { [name]: text } } }) }
        const { problems, overrides } = checkTexts([file])
        if (problems.length > 0) return
        passed++
        const mail = compose(kind, 'de', SAMPLES[kind], overrides)
        expect(mail.subject).toMatch(/^[^\p{Cc}]+$/u)
        expect(mail.html.match(/href="/g)).toEqual(compose(kind, 'de', SAMPLES[kind]).html.match(/href="/g))
      }),
      { numRuns: 1_000 },
    )
    expect(passed).toBeGreaterThan(50)
  })
})
