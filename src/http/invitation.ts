/**
 * An invitation to a team: what it is for, and a way to accept it for whoever it is for. A newcomer gets an account by it; a known account
 * is accepted for where it is signed in. Everybody else is told what is in his way. What that is, the service decides.
 */
import type { AcceptingService, Seen } from '../features/membership/accepting.service.ts'
import { AlreadyMember } from '../features/membership/membership.ts'
import type { PageText, PageWords } from '../features/message/texts/page-words.ts'
import type { SettingsService } from '../features/settings/settings.service.ts'
import { handOver } from '../graphql/context.ts'
import { type DomainError, type ErrorCode, InvalidInput } from '../kernel/errors.ts'
import { type Html, html, NO_HTML } from '../kernel/html.ts'
import { SIZES } from '../policy/bounds.ts'
import { buttonForm, openingForm, pageOf, paragraphs, problemOf } from './frame.ts'
import { INVITATION_PATH } from './links.ts'
import type { Page } from './page.ts'
import { type PasswordBounds, passwordBounds, passwordField, passwordTrouble } from './password-field.ts'
import type { Authenticate, Recognise } from './viewer.ts'

type Found = Seen & Readonly<{ bounds: PasswordBounds }>

type Text = PageText<'invitation'>

/** What is said of each thing that may stand in the way. */
const OBSTACLES: Readonly<Partial<Record<ErrorCode, Text>>> = {
  UNAUTHENTICATED: 'signInFirst',
  WRONG_INVITEE: 'wrongInvitee',
  ACCOUNT_BLOCKED: 'blocked',
  METHOD_DISABLED: 'closed',
}

/** What the reader can change elsewhere, and then look again. */
const CHANGEABLE: ReadonlySet<ErrorCode> = new Set(['UNAUTHENTICATED', 'WRONG_INVITEE'])

/** What is said of a field that was not accepted. */
const FIELDS: Readonly<Record<string, Text>> = { 'input.name': 'badName', 'input.token': 'noOwner' }

const mend = (words: PageWords, problem: DomainError, found: Found | null): string | null => {
  const say = (text: Text): string => words.say('invitation', text, { max: SIZES.name })
  const obstacle = OBSTACLES[problem.code]
  if (obstacle !== undefined) return say(obstacle)
  const password = found === null ? null : passwordTrouble(words, problem, found.bounds)
  const fields = problem instanceof InvalidInput ? problem.fields.flatMap(({ path }) => FIELDS[path] ?? []) : []
  const said = [...fields.map(say), ...(password === null ? [] : [password])]
  return said.length === 0 ? null : said.join(' ')
}

/** What was typed keeps its own direction. */
const typed = (text: string): Html => html`<bdi>${text}</bdi>`

/** They are words of the application, and stand apart in the same way in every language. */
const rolesOf = (roles: readonly string[]): readonly Html[] =>
  roles.map((role, index) => html`${index === 0 ? '' : ' · '}${typed(role)}`)

const factsOf = (words: PageWords, { teamName, invitedBy, roles, email }: Found): Html => {
  const rows: readonly (readonly [Text, Html | readonly Html[]] | null)[] = [
    ['team', typed(teamName)],
    invitedBy === null ? null : ['inviter', typed(invitedBy)],
    roles.length === 0 ? null : ['roles', rolesOf(roles)],
    ['address', typed(email)],
  ]
  const list = rows.flatMap((row) =>
    row === null ? [] : [html`<dt>${words.say('invitation', row[0])}</dt><dd>${row[1]}</dd>\n`],
  )
  return html`<dl>${list}</dl>\n`
}

/** For an address that is nobody's. */
const newcomerForm = ({ say }: PageWords, token: string, { bounds }: Found, name: string): Html => {
  const fields = html`<label for="name">${say('invitation', 'name')}</label>
<input id="name" name="name" type="text" dir="auto" autocomplete="name" value="${name}">
${passwordField(say('invitation', 'password', bounds), bounds)}`
  const form = buttonForm(INVITATION_PATH, { token }, say('invitation', 'newButton'), fields)
  return html`${paragraphs(say('invitation', 'newAccount'))}${form}`
}

const askingPage = (words: PageWords, token: string, found: Found, problem: string | null, name: string): string => {
  const { say } = words
  const page = (body: Html): string => pageOf(words, say('invitation', 'title'), html`${factsOf(words, found)}${body}`)
  const { obstacle } = found
  if (obstacle !== null) {
    const what = problem === null ? paragraphs(mend(words, obstacle, found) ?? '') : problemOf(problem)
    const again = openingForm(INVITATION_PATH, { token }, say('invitation', 'againButton'))
    return page(html`${what}${CHANGEABLE.has(obstacle.code) ? again : NO_HTML}`)
  }
  const form = found.needsAccount
    ? newcomerForm(words, token, found, name)
    : buttonForm(INVITATION_PATH, { token }, say('invitation', 'joinButton'))
  return page(html`${problemOf(problem)}${form}${paragraphs(say('common', 'untilThen'))}`)
}

const doneText = (error: unknown): 'alreadyMember' => {
  if (error instanceof AlreadyMember) return 'alreadyMember'
  throw error
}

type Needs = Readonly<{
  authenticate: Authenticate
  recognise: Recognise
  accepting: Pick<AcceptingService, 'look' | 'accept'>
  settings: Pick<SettingsService, 'current'>
}>

export const invitationPage = ({ authenticate, recognise, accepting, settings }: Needs): Page<Found> => ({
  find: async (token, cookie) => {
    const seen = await accepting.look(await recognise(cookie), token)
    return seen === null ? null : { ...seen, bounds: passwordBounds(await settings.current()) }
  },
  ask: (words, token, found, problem, sent) => askingPage(words, token, found, problem, sent?.get('name') ?? ''),
  act: async (words, token, found, { form, reading: { source, sessionCookie, deviceCookie }, cookies }) => {
    const { viewer } = await authenticate({ authorization: null, cookie: sessionCookie })
    const wish = {
      token,
      name: form.get('name'),
      password: form.get('password') ?? '',
      transport: 'COOKIE',
      deviceKey: null,
    } as const
    const text = await accepting.accept(wish, { viewer, source, deviceCookie }).then(({ signIn }) => {
      if (signIn === null) return 'joined'
      handOver(signIn, cookies)
      return 'enrolled'
    }, doneText)
    // of his roles nothing: where he was invited by his account as well, or is in already, he has those
    const facts = factsOf(words, { ...found, invitedBy: null, roles: [] })
    const body = html`${facts}${paragraphs(words.say('invitation', text))}`
    return pageOf(words, words.say('invitation', 'doneTitle'), body)
  },
  mend,
})
