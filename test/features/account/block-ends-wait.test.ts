import { expect, it } from 'vitest'
import { addressesOf } from '../../support/addresses.ts'
import { newEmail, testApp } from '../../support/app.ts'

const app = await testApp()
const { mailbox, change, send, provenPerson } = await addressesOf(app)

it('a block ends the wait of a new address, so that no further link goes to what may be a stranger’s', async () => {
  const { browser, email, account } = await provenPerson()
  const strange = newEmail()
  await change(browser, strange)
  const operator = await app.key('ACCOUNTS_WRITE')
  for (const name of ['blockAccount', 'unblockAccount'])
    await operator.gql(`mutation ($id: ID!) { ${name}(input: { accountId: $id }) { __typename } }`, { id: account.id })
  const before = (await mailbox.kinds(strange)).length
  const back = app.browser()
  await app.signIn(back, email)
  expect((await back.gql('{ account { pendingEmail } }')).data.account.pendingEmail).toBeNull()
  expect((await send(back)).__typename).toBe('InvalidInputError') // the own one is proven, and nothing else waits
  expect((await mailbox.kinds(strange)).length).toBe(before)
})
