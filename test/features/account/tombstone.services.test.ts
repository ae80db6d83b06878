import { expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'

const app = await testApp()

it('leaves no live session and no device behind, whoever signs in on two nodes while the account is deleted', async () => {
  const other = await app.node()
  const { browser, account, email } = await app.person()
  const deleted = browser.gql(
    'mutation { deleteAccount(input: { immediately: true }) { __typename ... on DeleteAccountPayload { deletesAt } } }',
  )
  const signIns = await Promise.all(
    Array.from({ length: 16 }, (_, n) => {
      const node = n % 2 === 0 ? app : other
      return node.trySignIn(node.browser(), { email })
    }),
  )
  expect((await deleted).data.deleteAccount.__typename).toBe('DeleteAccountPayload')
  for (const { __typename: outcome } of signIns) expect(outcome).toMatch(/^(SignInPayload|InvalidCredentialsError)$/)
  const { session, device, password } = app.app.db.read
  const where = { accountId: account.id }
  expect(await session.count({ where: { ...where, endedAt: null } })).toBe(0)
  expect(await session.count({ where })).toBeGreaterThan(0)
  expect(await device.count({ where })).toBe(0)
  expect(await password.count({ where })).toBe(0)
})
