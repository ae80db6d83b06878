import { describe, expect, it } from 'vitest'
import { compose } from '../../../../src/features/message/texts/compose.ts'
import type { MessageKind } from '../../../../src/features/message/texts/kinds.ts'
import { SAMPLES } from './samples.ts'

const KINDS = Object.keys(SAMPLES) as MessageKind[]

describe.each(KINDS)('the mail %s', (kind) => {
  it('says in English what the snapshot says', () => {
    const { subject, text, html } = compose(kind, 'en', SAMPLES[kind])
    expect(`${subject}\n\n${text}\n${html}`).toMatchSnapshot()
  })
})
