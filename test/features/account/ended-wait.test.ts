/** A new address that waits waits no longer once an operator has stepped in: no further link goes to what may be a stranger's. */
import { expect, it } from 'vitest'
import { addressesOf } from '../../support/addresses.ts'
import { newEmail, testApp } from '../../support/app.ts'

const app = await testApp()
const { mailbox, change, send, provenPerson } = await addressesOf(app)

const STEPS = {
  'a block that is taken back': ['blockAccount(input: { accountId: $id })', 'unblockAccount(input: { accountId: $id })'],
  'another phone number': ['updateAccountAsOperator(input: { accountId: $id, phone: "+4915112345678" })'],
} as const satisfies Record<string, readonly string[]>

it.each(Object.entries(STEPS))('%s ends the wait of a new address', async (_, steps) => {
  const { browser, email, account } = await provenPerson()
  const strange = newEmail()
  await change(browser, strange)
  const operator = await app.key('ACCOUNTS_WRITE')
  for (const step of steps) {
    const { data, errors } = await operator.gql(`mutation ($id: ID!) { ${step} { __typename } }`, { id: account.id })
    expect([JSON.stringify(data), errors]).toEqual([expect.stringContaining('Payload'), undefined])
  }
  const before = (await mailbox.kinds(strange)).length
  const back = app.browser()
  await app.signIn(back, email)
  expect((await back.gql('{ account { pendingEmail } }')).data.account.pendingEmail).toBeNull()
  expect((await send(back)).__typename).toBe('InvalidInputError') // the own one is proven, and nothing else waits
  expect((await mailbox.kinds(strange)).length).toBe(before)
})
