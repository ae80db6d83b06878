/** Proving an address: the one an account has, or the one that is to take its place. */
import type { EmailVerificationService, Linked, Verified } from '../features/account/verification.service.ts'
import type { PageWords } from '../features/message/texts/page-words.ts'
import { html } from '../kernel/html.ts'
import { addressLine, buttonForm, pageOf, paragraphs, recoveryForm } from './frame.ts'
import { VERIFICATION_PATH } from './links.ts'
import type { Page } from './page.ts'
import type { Authenticate } from './viewer.ts'

const askingPage = (words: PageWords, token: string, { email, isChange, isFirst }: Linked): string => {
  const { say } = words
  const consequence = isChange ? [say('verification', 'change')] : isFirst ? [say('verification', 'first')] : []
  const body = html`${addressLine(email)}${paragraphs(...consequence)}${buttonForm(
    VERIFICATION_PATH,
    { token },
    say('verification', 'button'),
  )}${paragraphs(say('common', 'untilThen'))}`
  return pageOf(words, say('verification', 'title'), body)
}

const verifiedPage = (words: PageWords, { email, changed, tookOver }: Verified): string => {
  const { say } = words
  const what = tookOver
    ? html`${paragraphs(say('verification', 'tookOver'))}${recoveryForm(words, email)}`
    : html`${paragraphs(...(changed ? [say('verification', 'changed')] : []), say('verification', 'done'))}`
  return pageOf(words, say('verification', 'doneTitle'), html`${addressLine(email)}${what}`)
}

type Needs = Readonly<{
  authenticate: Authenticate
  emailVerification: Pick<EmailVerificationService, 'linked' | 'verify'>
}>

/** Pressed where the account is signed in, it proves the address and takes nothing away. */
export const verificationPage = ({ authenticate, emailVerification }: Needs): Page<Linked> => ({
  find: emailVerification.linked,
  ask: (words, token, found) => askingPage(words, token, found),
  act: async (words, token, _found, { reading: { source, sessionCookie, deviceCookie } }) => {
    const { viewer } = await authenticate({ authorization: null, cookie: sessionCookie })
    return verifiedPage(words, await emailVerification.verify(viewer, source, token, deviceCookie))
  },
})
