/** Signing up and in: what people type, checked and brought into one form. */
import { DomainError, type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import { SIZES } from '../../policy/bounds.ts'
import { passwordProblem } from '../../policy/passwords.ts'
import { normaliseEmail, normaliseLocale, textProblem } from '../../policy/text.ts'
import type { Factor, SessionTransport } from '../session/session.ts'
import type { SignInMethod } from '../settings/settings.ts'

export class SignUpClosed extends DomainError {
  constructor() {
    super('SIGN_UP_CLOSED', 'New accounts are made by the operators of this service.')
  }
}

/** A way of signing in that the operators switched off. */
export const methodDisabled = (): DomainError => new DomainError('METHOD_DISABLED', 'This way of signing in is switched off.')

export type Wish = Readonly<{ transport: SessionTransport; deviceKey: string | null }>

export type SignUpInput = Wish & Readonly<{ email: string; password: string; name: string | null; locale: string | null }>

export type PasswordInput = Wish & Readonly<{ email: string; password: string }>

export type FinishInput = Wish & Readonly<{ ticket: string; endSessionId: string }>

/** What a method proves about the person. */
export const PASSWORD_PROOF: Readonly<{ method: SignInMethod; factors: readonly Factor[]; provider: null; byPerson: true }> = {
  method: 'PASSWORD',
  factors: ['PASSWORD'],
  provider: null,
  byPerson: true,
}

/** That somebody holds a link which makes an account: nothing that he could prove once more. */
export const INVITATION_PROOF: Readonly<{ method: SignInMethod; factors: readonly Factor[]; provider: null; byPerson: false }> = {
  method: 'INVITATION',
  factors: ['TOKEN'],
  provider: null,
  byPerson: false,
}

const DEVICE_KEY = new RegExp(`^[A-Za-z0-9_-]{${SIZES.deviceKeyMin},${SIZES.deviceKeyMax}}$`)

const deviceKeyProblem = (key: string | null): string | null =>
  key === null || DEVICE_KEY.test(key)
    ? null
    : `Must be ${SIZES.deviceKeyMin} to ${SIZES.deviceKeyMax} base64url characters, made at random.`

const refuse = (problems: Readonly<Record<string, string | null>>): void => {
  const fields: InvalidField[] = Object.entries(problems).flatMap(([path, message]) =>
    message === null ? [] : [{ path: `input.${path}`, message }],
  )
  if (fields.length > 0) throw new InvalidInput(fields)
}

const emailProblem = (email: string | null): string | null => (email === null ? 'This is not an e-mail address.' : null)

/** @throws InvalidInput with every field that is not acceptable. The password's rules come after. */
export const checkSignUp = (input: SignUpInput): SignUpInput => {
  const email = normaliseEmail(input.email)
  const locale = input.locale === null ? null : normaliseLocale(input.locale)
  const name = input.name === null || input.name.trim() === '' ? null : input.name.trim()
  refuse({
    email: emailProblem(email),
    password: passwordProblem(input.password),
    name: name === null ? null : textProblem(name, SIZES.name),
    locale: input.locale !== null && locale === null ? 'Must be a language tag such as en or pt-BR.' : null,
    deviceKey: deviceKeyProblem(input.deviceKey),
  })
  return { ...input, email: email ?? '', locale, name }
}

/** @throws InvalidInput with every field that is not acceptable. */
export const checkPassword = (input: PasswordInput): PasswordInput => {
  const email = normaliseEmail(input.email)
  refuse({ email: emailProblem(email), password: passwordProblem(input.password), deviceKey: deviceKeyProblem(input.deviceKey) })
  return { ...input, email: email ?? '' }
}

/** @throws InvalidInput unless it could be a key. */
export const checkDevice = (deviceKey: string | null): void => refuse({ deviceKey: deviceKeyProblem(deviceKey) })

/** @throws InvalidInput with every field that is not acceptable. */
export const checkFinish = (input: FinishInput): FinishInput => {
  checkDevice(input.deviceKey)
  return input
}
