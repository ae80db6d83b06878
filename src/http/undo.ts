/** Undoing a change of address: what the notice to the old address leads to. */
import type { Undone, UndoService } from '../features/account/undo.service.ts'
import type { PageWords } from '../features/message/texts/page-words.ts'
import { html } from '../kernel/html.ts'
import { addressLine, buttonForm, pageOf, paragraphs, recoveryForm } from './frame.ts'
import { UNDO_PATH } from './links.ts'
import type { Page } from './page.ts'

type Found = Readonly<{ email: string; locale: string | null }>

const askingPage = (words: PageWords, token: string, { email }: Found): string => {
  const { say } = words
  const [before, after] = [paragraphs(say('undo', 'explanation')), paragraphs(say('undo', 'consequences'))]
  const form = buttonForm(UNDO_PATH, { token }, say('undo', 'button'))
  const body = html`${before}${addressLine(email)}${after}${form}${paragraphs(say('common', 'untilThen'))}`
  return pageOf(words, say('undo', 'title'), body)
}

const undonePage = (words: PageWords, { email, endedSessions, passwordResetRequired }: Undone): string => {
  const { say } = words
  const what = paragraphs(say('undo', 'done'), say('common', 'ended', { count: endedSessions.length }))
  const next = passwordResetRequired
    ? html`${paragraphs(say('undo', 'recover'))}${recoveryForm(words, email)}`
    : html`${paragraphs(say('common', 'signInAgain'))}`
  return pageOf(words, say('undo', 'doneTitle'), html`${addressLine(email)}${what}${next}`)
}

export const undoPage = (undo: Pick<UndoService, 'linked' | 'undo'>): Page<Found> => ({
  find: undo.linked,
  ask: (words, token, found) => askingPage(words, token, found),
  act: async (words, token, _found, { reading: { source } }) => undonePage(words, await undo.undo(source, token)),
})
