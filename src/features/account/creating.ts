/** Making an account in somebody's name: what is acceptable. */
import { type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import { SIZES } from '../../policy/bounds.ts'
import { NOT_A_PHONE, normalisePhone } from '../../policy/phones.ts'
import { labelsProblem, normaliseEmail, normaliseLocale, textProblem } from '../../policy/text.ts'

export type AccountWish = Readonly<{
  email: string | null
  emailVerified: boolean
  phone: string | null
  phoneVerified: boolean
  password: string | null
  name: string | null
  locale: string | null
  labels: readonly string[]
}>

/** The account as it is stored; the password's rules come after. @throws InvalidInput with every field that is not acceptable. */
export const checkAccountWish = (wish: AccountWish): AccountWish => {
  const email = wish.email === null ? null : normaliseEmail(wish.email)
  const phone = wish.phone === null ? null : normalisePhone(wish.phone)
  const locale = wish.locale === null ? null : normaliseLocale(wish.locale)
  const name = wish.name === null || wish.name.trim() === '' ? null : wish.name.trim()
  const withoutEmail = (given: boolean, message: string) => (given && wish.email === null ? message : null)
  const problems: Readonly<Record<string, string | null>> = {
    email: wish.email !== null && email === null ? 'This is not an e-mail address.' : null,
    emailVerified: withoutEmail(wish.emailVerified, 'There is no address that could be proven.'),
    phone: wish.phone !== null && phone === null ? NOT_A_PHONE : null,
    phoneVerified: wish.phoneVerified && wish.phone === null ? 'There is no number that could be proven.' : null,
    password: withoutEmail(wish.password !== null, 'Signing in with a password takes an e-mail address.'),
    name: name === null ? null : textProblem(name, SIZES.name),
    locale: wish.locale !== null && locale === null ? 'Must be a language tag such as en or pt-BR.' : null,
    labels: labelsProblem(wish.labels),
  }
  const fields: InvalidField[] = Object.entries(problems).flatMap(([path, message]) =>
    message === null ? [] : [{ path: `input.${path}`, message }],
  )
  if (fields.length > 0) throw new InvalidInput(fields)
  return { ...wish, email, phone, locale, name, labels: [...new Set(wish.labels)] }
}
