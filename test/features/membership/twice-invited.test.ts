/** Somebody who has more than one way into a team: he takes one of them once, and none of the others once he was removed. */
import { describe, expect, it } from 'vitest'
import { newEmail, testApp } from '../../support/app.ts'
import { nameOf, preview, resend } from '../../support/invitations.ts'
import { INVITATIONS } from '../../support/teams.ts'
import { type Invited, run, sceneOf } from './scene.ts'

const app = await testApp({ env: INVITATIONS })
const { far: teams, newcomer, member, links, invite, accountsAt } = await sceneOf(app, app)
const operator = await app.key('ACCOUNTS_WRITE')

const idOf = async ({ invitee: { email } }: Invited): Promise<string> => (await accountsAt(email))[0]?.id ?? expect.fail('nobody')

/** Somebody who was invited by his address, as a captain, and by his account, as a ringer. */
const invitedTwice = async () => {
  const made = await invite(await member(), ['captain'])
  await teams.invite(made.owner, { teamId: made.teamId, accountId: await idOf(made), roles: ['ringer'] })
  const own = (await links(made.invitee.email)).find((link) => link !== made.token) ?? expect.fail('one link')
  return { ...made, own }
}

/** What the team looks like to its owner: who is in, and what is open. */
const rows = async ({ owner, teamId }: Invited) =>
  (await teams.list(owner, teamId)).nodes.map(({ status, roles }: { status: string; roles: string[] }) => `${status} ${roles}`)

describe('somebody who was invited by his account and by his address', () => {
  it('joins once, by either link with its roles; the other invitation is listed as before', async () => {
    for (const which of ['token', 'own'] as const) {
      const made = await invitedTwice()
      const role = which === 'token' ? 'captain' : 'ringer'
      expect(await made.invitee.accept(made[which])).toMatchObject({ membership: { status: 'ACTIVE', roles: [role] } })
      expect(await rows(made)).toEqual(['INVITED captain', `ACTIVE ${role}`, 'ACTIVE owner'])
      // by the address’s link both are used up; the other way round that one is left, and good for nothing while he is in
      const other = made[which === 'token' ? 'own' : 'token']
      expect(nameOf(await made.invitee.accept(other))).toBe(which === 'token' ? 'INVALID_TOKEN' : 'ALREADY_MEMBER')
      expect((await accountsAt(made.invitee.email))[0]?.memberships).toHaveLength(1)
    }
  })

  it('does not come back by the link that is left, once he was removed; by a newer one he does', async () => {
    const { invitee, owner, own, token, membershipId } = await invitedTwice()
    const { membership } = await invitee.accept(own)
    expect(nameOf(await teams.dismiss(owner, membership.id))).toBe('RemoveMembershipPayload')
    expect(await preview(app.browser(), token)).toBeNull()
    expect(nameOf(await invitee.accept(token))).toBe('INVALID_TOKEN')
    await resend(owner, membershipId)
    const [newer = ''] = (await links(invitee.email)).filter((link) => ![token, own].includes(link))
    expect(await invitee.accept(newer)).toMatchObject({ membership: { status: 'ACTIVE', roles: ['captain'] } })
  })
})

describe('a member whom a server put in', () => {
  const readdress = (accountId: string, email: string) => run(operator, 'updateAccountAsOperator', { accountId, email })

  it('does not come back by a link from before his address was anybody’s', async () => {
    const { invitee, owner, teamId, token } = await invite(await newcomer())
    const bob = await app.person({ email: invitee.email })
    await teams.dismiss(owner, await teams.join(teamId, bob.account.id, 'ringer'))
    expect(nameOf(await invitee.accept(token))).toBe('INVALID_TOKEN')
  })

  it('nor by one to an address that he left and has again', async () => {
    const made = await invite(await member())
    const [id, { invitee, owner, teamId, token }] = [await idOf(made), made]
    const place = await teams.join(teamId, id, 'ringer')
    await readdress(id, newEmail())
    await teams.dismiss(owner, place)
    await readdress(id, invitee.email)
    expect(nameOf(await invitee.accept(token))).toBe('INVALID_TOKEN')
  })

  it('and nobody else loses his link by that', async () => {
    const { invitee, owner, teamId, token } = await invite(await newcomer())
    const bob = await app.person()
    await teams.dismiss(owner, await teams.join(teamId, bob.account.id, 'ringer'))
    expect(nameOf(await invitee.accept(token))).toBe('AcceptInvitationPayload')
  })
})
