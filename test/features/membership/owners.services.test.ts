/** Owners who go at the same moment: one of them stays, whichever way they take. */
import { describe, expect, it } from 'vitest'
import { LIFETIMES } from '../../../src/policy/bounds.ts'
import { testApp } from '../../support/app.ts'
import { type Person, teamsOf } from '../../support/teams.ts'

const app = await testApp()
const teams = await teamsOf(app)

/** A team that two run, and one who does not. */
const runByTwo = async () => {
  const [ann, bob, cid] = (await Promise.all([app.person(), app.person(), app.person()])) as [Person, Person, Person]
  const { teamId, ownership } = await teams.team(ann, cid)
  const other = await teams.join(teamId, bob.account.id, 'owner')
  return { ann, bob, teamId, ofAnn: ownership, ofBob: other }
}
type Team = Awaited<ReturnType<typeof runByTwo>>

const deleteAccount = async ({ browser }: Person, immediately: boolean) =>
  (
    await browser.gql('mutation ($now: Boolean!) { deleteAccount(input: { immediately: $now }) { __typename } }', {
      now: immediately,
    })
  ).data.deleteAccount

const WAYS: Readonly<Record<string, (who: Person, own: string, others: string) => Promise<{ __typename: string }>>> = {
  'leave the team': ({ browser }, own) => teams.dismiss(browser, own),
  'lay the role down': ({ browser }, own) => teams.setRoles(browser, own, ['ringer']),
  'take it from each other': ({ browser }, _own, others) => teams.setRoles(browser, others, []),
  'remove each other': ({ browser }, _own, others) => teams.dismiss(browser, others),
  'delete their accounts': (who) => deleteAccount(who, true),
  'ask for their accounts to be deleted': (who) => deleteAccount(who, false),
}

/** What somebody does to himself: only the first may. */
const GOING = ['leave the team', 'lay the role down', 'delete their accounts', 'ask for their accounts to be deleted']

const ownersLeft = async ({ teamId }: Team): Promise<readonly { accountId: string | null }[]> =>
  app.app.db.read.membership.findMany({
    where: { teamId, joinedAt: { not: null }, roles: { has: 'owner' } },
    select: { accountId: true },
  })

describe('two owners who are the last', () => {
  const pairs = Object.keys(WAYS).flatMap((one, index) =>
    Object.keys(WAYS)
      .slice(index)
      .map((other) => [one, other] as const),
  )

  it.each(pairs)('%s and %s at once: one stays', async (one, other) => {
    for (let time = 0; time < 3; time++) {
      const team = await runByTwo()
      const answers = await Promise.all([
        WAYS[one]?.(team.ann, team.ofAnn, team.ofBob),
        WAYS[other]?.(team.bob, team.ofBob, team.ofAnn),
      ])
      const done = answers.filter((answer) => answer?.__typename?.endsWith('Payload'))
      expect(done.length, JSON.stringify(answers)).toBeGreaterThan(0)
      if (GOING.includes(one) && GOING.includes(other)) {
        expect(answers.map((answer) => answer?.__typename)).toContain('LastOwnerError')
        expect(done).toHaveLength(1)
      }
      const staying = await app.app.db.read.account.count({
        where: { id: { in: (await ownersLeft(team)).map(({ accountId }) => accountId ?? '') }, deletesAt: null },
      })
      expect(staying).toBe(1)
      app.clock.advance(LIFETIMES.deletionGrace)
      await app.app.tick()
      expect(await ownersLeft(team)).toHaveLength(1)
    }
  })
})

describe('an account that joins while it is deleted', () => {
  it('is in no team in the end, or was not deleted', async () => {
    for (let time = 0; time < 5; time++) {
      const [ann, bob] = (await Promise.all([app.person(), app.person()])) as [Person, Person]
      const { teamId } = await teams.team(ann)
      const [joined, deleted] = await Promise.all([
        teams.invite(teams.server, { teamId, accountId: bob.account.id, roles: ['x'] }),
        deleteAccount(bob, true),
      ])
      expect(deleted.__typename).toBe('DeleteAccountPayload')
      expect(joined.refused ?? joined.__typename).toMatch(/^(NOT_FOUND|InviteMemberPayload)$/)
      expect(await app.app.db.read.membership.count({ where: { teamId } })).toBe(1)
      const events = await app.app.db.read.event.findMany({
        where: { subjectId: teamId, accountId: bob.account.id },
        select: { type: true },
      })
      const expected = joined.refused === undefined ? ['membership.joined', 'membership.removed'] : []
      expect(events.map(({ type }) => type).toSorted()).toEqual(expected)
    }
  })
})
