/** A page that waits for its rows is masked by the settings of the moment when it has them. */
import { expect, it } from 'vitest'
import { DETAILS } from '../../../src/policy/visibility.ts'
import { testApp } from '../../support/app.ts'
import { holdTables, untilWaiting } from '../../support/hold.ts'
import { INVITATIONS, teamsOf } from '../../support/teams.ts'

const app = await testApp({ env: INVITATIONS })
const teams = await teamsOf(app)

const LIST = `query ($id: ID!) { node(id: $id) { ... on Team { memberships { nodes { id userName roles hidden } } } } }`

it('a page that waits shows nothing that came after it was made private', async () => {
  await app.settings({ membershipPrivacy: { private: [], ownersSeeAll: false } })
  const [ann, bob] = [await app.person({ name: 'Ann' }), await app.person({ name: 'Bob' })]
  const { teamId, memberships } = await teams.team(ann, bob)
  const releaseTeams = await holdTables(app, 'teams')
  const page = ann.browser.gql(LIST, { id: teamId })
  await untilWaiting(app, 1, '%teams%')
  const release = await holdTables(app, 'memberships')
  await releaseTeams()
  await untilWaiting(app, 1, '%memberships%')
  await app.settings({ membershipPrivacy: { private: DETAILS, ownersSeeAll: false } }) // and has been answered
  await release(`UPDATE memberships SET user_name = 'Never shown' WHERE id = '${memberships[0]}'`)
  expect(JSON.stringify(await page)).not.toContain('Never shown')
})
