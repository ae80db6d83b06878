/** What was asked under a token that another has replaced by the time it has its lock: the old token is dead from that commit on. */
import { expect, it } from 'vitest'
import { PASSWORD, testApp } from '../../support/app.ts'
import { holdRow, untilWaiting } from '../../support/hold.ts'
import { askToChange } from '../../support/passwords.ts'

const app = await testApp()

it('a change that waited while its token was replaced does nothing', async () => {
  const owner = await app.person({ transport: 'TOKEN', name: 'Ada' })
  const token = owner.sessionToken ?? ''
  const [own, thief] = [app.program(token), app.program(token)]
  const release = await holdRow(app, 'accounts', owner.account.id)
  const changing = askToChange(own, { currentPassword: PASSWORD, newPassword: 'wintry meadow' })
  await untilWaiting(app, 1)
  const late = thief.gql('mutation { updateAccount(input: { name: "Eve" }) { __typename ... on UserError { code } } }')
  await untilWaiting(app, 2)
  await release()
  const changed = (await changing).data.changePassword
  expect(changed.__typename).toBe('ChangePasswordPayload')
  const answer = await late
  const { name } = (await app.program(changed.sessionToken).gql('{ account { name } }')).data.account
  expect([name, answer.errors?.[0]?.extensions.code]).toEqual(['Ada', 'UNAUTHENTICATED'])
})
