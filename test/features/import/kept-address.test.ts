import { expect, it } from 'vitest'
import { addressesOf } from '../../support/addresses.ts'
import { testApp } from '../../support/app.ts'

const app = await testApp()
const { mailbox, move, undo, provenPerson } = await addressesOf(app)

it('an address that is kept for who had it is not given to an imported account, so that the way back stays open', async () => {
  const { browser, email } = await provenPerson()
  await move(browser)
  const key = await app.key('ACCOUNTS_WRITE')
  const { imported, outcomes } = (
    await key.gql(
      `mutation ($input: ImportAccountsInput!) { importAccounts(input: $input) { __typename
        ... on ImportAccountsPayload { imported outcomes { row error } } } }`,
      { input: { accounts: [{ email }, { email: `other-${email}` }] } },
    )
  ).data.importAccounts
  expect([imported, outcomes[0].error?.split(':')[0], outcomes[1].error]).toEqual([1, 'EMAIL_TAKEN', null])
  expect((await undo(await mailbox.token(email, 'email-changed'))).__typename).toBe('UndoChangePayload')
})
