/** What may be sent to, and learnt about, an address that only waits to be somebody's. */
import { expect, it } from 'vitest'
import { addressesOf } from '../../support/addresses.ts'
import { newEmail, testApp } from '../../support/app.ts'

const app = await testApp({ realLimits: true, env: { TRUSTED_PROXIES: '127.0.0.1/32' } })
const { mailbox, change, provenPerson } = await addressesOf(app)

const SEND = `mutation ($url: String!) { sendEmailVerification(input: { redirectUrl: $url }) { __typename
  ... on SendEmailVerificationPayload { sentTo } ... on InvalidInputError { fields { path message } } } }`
const url = `http://localhost:${new URL(app.url).port}/email/verify`

it('an address that waits gets five links an hour, whoever asks and however', async () => {
  const { browser } = await provenPerson()
  const stranger = newEmail()
  await change(browser, stranger)
  for (let time = 0; time < 12; time++) await browser.gql(SEND, { url })
  expect((await mailbox.kinds(stranger)).length).toBeLessThanOrEqual(5)
  expect((await browser.gql(SEND, { url })).errors?.[0]?.extensions.code).toBe('RATE_LIMITED')
})

it('where taken addresses are not disclosed, asking for the link again does not tell that one is', async () => {
  await app.settings({ signIn: { discloseTakenEmail: true } })
  const [{ browser }, taken] = [await provenPerson(), await provenPerson()]
  await app.settings({ signIn: { discloseTakenEmail: false } })
  const answers = []
  for (const address of [taken.email, newEmail()]) {
    expect((await change(browser, address)).data.changeEmail.__typename).toBe('ChangeEmailPayload')
    const { data } = await browser.gql(SEND, { url })
    answers.push(JSON.stringify(data).replace(address, 'ADDRESS'))
  }
  expect(answers[0]).toBe(answers[1])
})
