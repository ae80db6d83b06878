/** What one person can make a server do or say by teams has bounds. */
import { expect, it } from 'vitest'
import { LIMITS } from '../../../src/policy/limits.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import { mailboxOf } from '../../support/mailbox.ts'
import { INVITATIONS, teamsOf } from '../../support/teams.ts'

const ACCEPT = `mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename ... on UserError { code } } }`

it('an invitation that would make an account counts as a sign-up each time it is tried', async () => {
  const app = await testApp({ env: INVITATIONS, realLimits: true })
  const [teams, mailbox, server] = [await teamsOf(app), await mailboxOf(app), await app.key('TEAMS_WRITE')]
  const { team } = await teams.create(server)
  const email = newEmail()
  await teams.invite(server, { teamId: team.id, email, roles: ['guest'] }) // who cannot join: nobody runs the team yet
  const input = { token: await mailbox.token(email, 'invitation'), password: PASSWORD }
  for (let time = 0; time < LIMITS['signUp.ipPrefix'].points; time++)
    expect((await app.browser().gql(ACCEPT, { input })).data.acceptInvitation).toMatchObject({ code: 'INVALID_INPUT' })
  const refused = await app.browser().gql(ACCEPT, { input })
  expect(refused.errors?.[0]?.extensions.code).toBe('RATE_LIMITED')
})

it('LastOwnerError names ten teams', async () => {
  const app = await testApp()
  const teams = await teamsOf(app)
  const [ann, bob] = [await app.person(), await app.person()]
  for (let time = 0; time < 11; time++) await teams.team(ann, bob)
  const { data } = await ann.browser.gql(
    'mutation { deleteAccount(input: {}) { __typename ... on LastOwnerError { teams { id name } } } }',
  )
  expect(data.deleteAccount.__typename).toBe('LastOwnerError')
  expect(data.deleteAccount.teams).toHaveLength(10)
})
