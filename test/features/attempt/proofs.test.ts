/** Proofs of somebody who is signed in, and refusals that would tell his earlier passwords, among the attempts. */
import { expect, it } from 'vitest'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { askToChange } from '../../support/passwords.ts'

const app = await testApp({ realLimits: true, env: { TRUSTED_PROXIES: '127.0.0.1/32' } })

let networks = 0
const browser = (): TestClient => app.browser({ headers: { 'x-forwarded-for': `2001:db8:${(++networks).toString(16)}::1` } })

const person = async () => {
  const [who, email] = [browser(), newEmail()]
  await app.signUp(who, { email })
  return { who, email }
}

type Told = Awaited<ReturnType<TestClient['gql']>>
const told = ({ data, errors }: Told): string => {
  const result = Object.values(data ?? {})[0] as { __typename?: string; code?: string } | null
  return String(errors?.[0]?.extensions.code ?? result?.code ?? result?.__typename)
}

const lockOut = async (email: string): Promise<void> => {
  for (let time = 0; time < 10; time++)
    expect((await app.trySignIn(browser(), { email, password: 'not the password' })).code).toBe('INVALID_CREDENTIALS')
}

it('the owner can prove himself and change his password on a known device while the account is locked for others', async () => {
  const { who, email } = await person()
  await lockOut(email)
  const again = await who.gql(
    'mutation ($password: String!) { reauthenticate(input: { password: $password }) { __typename ... on UserError { code } } }',
    { password: PASSWORD },
  )
  expect(told(again)).toBe('ReauthenticatePayload')
  expect(told(await askToChange(who, { newPassword: 'another horse battery' }))).toBe('ChangePasswordPayload')
})

it('who knows the current password learns of at most ten earlier ones in a quarter of an hour', async () => {
  await app.settings({ passwords: { historyLength: 5 } })
  const { who } = await person()
  const answers: string[] = []
  while (answers.length < 12) answers.push(told(await askToChange(who, { newPassword: PASSWORD })))
  expect(answers).toEqual([...Array<string>(10).fill('WEAK_PASSWORD'), 'RATE_LIMITED', 'RATE_LIMITED'])
})

it('where no attempt is left, a weak password that was used before is refused like any other weak one', async () => {
  await app.settings({ passwords: { dictionary: false } })
  const email = newEmail()
  await app.signUp(browser(), { email, password: 'password' })
  await app.settings({ passwords: { dictionary: true } })
  const token = await app.app.operators.createAdmin(email)
  await lockOut(email)
  const recover = (newPassword: string) =>
    browser().gql(
      `mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename
        ... on WeakPasswordError { code violations { rule } } ... on UserError { code } } }`,
      { input: { token, newPassword } },
    )
  const [used, other] = [await recover('password'), await recover('passw0rd')]
  expect(other.data.recoverPassword.violations).toEqual([{ rule: 'COMMON' }])
  expect(used).toEqual(other)
})

it('one recovery link does not make the server hash without end: refusals by other rules are counted too', async () => {
  const email = newEmail()
  await app.signUp(browser(), { email })
  const token = await app.app.operators.createAdmin(email)
  const answers: string[] = []
  for (let time = 0; time < 25; time++)
    answers.push(
      told(
        await browser().gql(
          `mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename ... on UserError { code } } }`,
          { input: { token, newPassword: 'password' } },
        ),
      ),
    )
  expect(answers.slice(0, 20)).toEqual(Array<string>(20).fill('WEAK_PASSWORD'))
  expect(answers.slice(20)).toEqual(Array<string>(5).fill('RATE_LIMITED'))
  app.clock.advance(900)
  const { data } = await browser().gql(
    `mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) { __typename } }`,
    { input: { token, newPassword: 'another horse battery' } },
  )
  expect(data.recoverPassword.__typename).toBe('RecoverPasswordPayload')
})
