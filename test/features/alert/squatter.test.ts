import { expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { mailboxOf } from '../../support/mailbox.ts'

const app = await testApp({ realLimits: true })
const mailbox = await mailboxOf(app)

it('who registers a stranger’s address cannot fill the stranger’s mailbox with alerts by signing in again and again', async () => {
  const { email } = await app.person()
  let browser = app.browser()
  for (let time = 0; time < 12; time++) {
    browser = app.browser()
    await app.signIn(browser, email)
  }
  const { nodes } = (await browser.gql('{ account { sessionAlerts(first: 20) { nodes { id } } } }')).data.account.sessionAlerts
  expect(nodes).toHaveLength(12) // none is lost where he is signed in
  expect((await mailbox.kinds(email)).length).toBeLessThanOrEqual(5) // mails to an address that nobody has proven
})
