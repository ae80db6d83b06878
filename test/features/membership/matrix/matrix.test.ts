/**
 * Who sees what of a membership: every viewer, under every setting, by every way that the schema has to one, each field of it. The
 * ways and fields are found in the schema, the rules stand in rules.ts, and what was seen is written to docs/privacy-matrix.md.
 */
import type { GraphQLEnumType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from '../../../../src/graphql/schema.ts'
import { newEmail, testApp } from '../../../support/app.ts'
import type { Answer, TestClient } from '../../../support/client.ts'
import { mailboxOf } from '../../../support/mailbox.ts'
import { INVITATIONS, type Person, teamsOf } from '../../../support/teams.ts'
import { type Cell, report, type Told } from './report.ts'
import {
  DETAILS,
  FIELDS,
  type Onlooker,
  READS_ACCOUNT,
  type Reach,
  SETTINGS,
  type Setting,
  VIEWERS,
  WAYS,
  withheld,
} from './rules.ts'
import { fieldsOf, selectionOf, waysTo } from './ways.ts'

const SELECTION = selectionOf(schema, 'Membership')

const READS = `query ($membership: ID!, $team: ID!, $account: ID!) {
  single: node(id: $membership) { ... on Membership { ${SELECTION} } }
  team: node(id: $team) { ... on Team { memberships(first: 10) { nodes { ${SELECTION} } edges { node { ${SELECTION} } } } } }
  account: node(id: $account) { ... on Account { memberships(first: 10) { nodes { ${SELECTION} } edges { node { ${SELECTION} } } } } } }`

const EVENTS = `{ events(first: 100) { nodes { subject { __typename ... on Membership { ${SELECTION} } } } } }`

const CHANGES = `subscription ($teamId: ID!) { memberships(teamId: $teamId) { kind membership { ${SELECTION} } } }`

type Seen = Readonly<Record<string, unknown>>

/** A membership, or what was answered instead of one. */
type Outcome = Seen | string

const app = await testApp({ env: INVITATIONS })
const teams = await teamsOf(app)
const mailbox = await mailboxOf(app)
const [ann, bob, cid, eve] = [
  await app.person({ name: 'Ann' }),
  await app.person({ name: 'Bob' }),
  await app.person({ name: 'Cid' }),
  await app.person({ name: 'Eve' }),
]
const admin = await app.admin()
const writer = await app.key('ACCOUNTS_WRITE')
const EVERYTHING_ELSE = ['TEAMS_READ', 'TEAMS_WRITE', 'EVENTS_READ'] as const
const clients: Readonly<Record<Onlooker, TestClient>> = {
  guest: app.browser(),
  stranger: eve.browser,
  member: cid.browser,
  owner: ann.browser,
  himself: bob.browser,
  operator: admin.browser,
  'key with MEMBERSHIPS_READ': await app.key('MEMBERSHIPS_READ', ...EVERYTHING_ELSE),
  'key without': await app.key('ACCOUNTS_READ', ...EVERYTHING_ELSE),
}
const persons: Partial<Record<Onlooker, Pick<Person, 'account' | 'email'> & { name: string | null }>> = {
  stranger: { ...eve, name: 'Eve' },
  member: { ...cid, name: 'Cid' },
  owner: { ...ann, name: 'Ann' },
  himself: { ...bob, name: 'Bob' },
  operator: { ...admin, name: null },
}

const { teamId, memberships } = await teams.team(ann, bob, cid)
const target = memberships[0] ?? ''
const live = await teams.team(ann, bob, cid) // whose list is followed
const door = await teams.team(ann) // to which the stranger is invited
const invitee = newEmail()
const invitation = { teamId, email: invitee, roles: ['guest'], name: 'Danny' }

/** What is at the end of a way, out of an answer. */
const taken = ({ data, errors = [] }: Answer, alias: string, pick: (value: Answer['data']) => unknown): Outcome => {
  const error = errors.find(({ path }) => path === undefined || path[0] === alias)
  if (error !== undefined) return String(error.extensions.code)
  return ((data?.[alias] == null ? null : pick(data[alias])) as Seen | null | undefined) ?? 'null'
}

const payload = async (who: TestClient, name: string, input: Record<string, unknown>): Promise<Outcome> => {
  const Name = name.charAt(0).toUpperCase() + name.slice(1)
  const answer = await who.gql(
    `mutation ($input: ${Name}Input!) { ${name}(input: $input) { ... on ${Name}Payload { membership { ${SELECTION} } } ... on UserError { code } } }`,
    { input },
  )
  return taken(answer, name, ({ code, membership }) => code ?? membership)
}

const reads = async (who: TestClient): Promise<Readonly<Record<string, Outcome>>> => {
  const answer = await who.gql(READS, { membership: target, team: teamId, account: bob.account.id })
  const isTarget = ({ id }: Seen) => id === target
  const nodes = (alias: string) => taken(answer, alias, ({ memberships: page }) => page?.nodes.find(isTarget))
  const edges = (alias: string) =>
    taken(answer, alias, ({ memberships: page }) => page?.edges.map(({ node }: { node: Seen }) => node).find(isTarget))
  return {
    'Query.node': taken(answer, 'single', (node) => node),
    'Team.memberships.nodes': nodes('team'),
    'Team.memberships.edges.node': edges('team'),
    'Account.memberships.nodes': nodes('account'),
    'Account.memberships.edges.node': edges('account'),
  }
}

const subject = async (who: TestClient): Promise<Outcome> =>
  taken(await who.gql(EVENTS), 'events', ({ nodes }) => {
    expect(nodes.length).toBeGreaterThan(10)
    return nodes
      .map((node: { subject: Seen | null }) => node.subject)
      .find((one: Seen | null) => one?.__typename === 'Membership')
  })

/** Followers are there before the settings change: what they hear is masked by the setting of the moment. */
const followers = new Map<Onlooker, Awaited<ReturnType<typeof app.subscribe>>>()
for (const viewer of VIEWERS) followers.set(viewer, await app.subscribe(clients[viewer], CHANGES, { teamId: live.teamId }))
const refusals = new Map<Onlooker, string>()

const heard = async (viewer: Onlooker): Promise<Outcome> => {
  const known = refusals.get(viewer)
  if (known !== undefined) return known
  const answer = (await followers.get(viewer)?.next()) ?? null
  if (answer === null) throw new Error(`${viewer} hears nothing`)
  const outcome = taken(answer, 'memberships', ({ membership }) => membership)
  if (typeof outcome === 'string') refusals.set(viewer, outcome)
  return outcome
}

/** The whole of what everybody gets under a setting. */
const observe = async (setting: Setting, round: number): Promise<ReadonlyMap<Onlooker, Readonly<Record<string, Outcome>>>> => {
  await app.settings({ membershipPrivacy: setting })
  const invited = await teams.invite(ann.browser, invitation)
  await teams.invite(ann.browser, { teamId: door.teamId, accountId: eve.account.id })
  const token = await mailbox.token(eve.email, 'invitation')
  await teams.setRoles(ann.browser, live.memberships[0] ?? '', [`r${round}`])
  const found = new Map<Onlooker, Readonly<Record<string, Outcome>>>()
  for (const viewer of [...VIEWERS.filter((one) => one !== 'stranger'), 'stranger'] as const) {
    const who = clients[viewer]
    found.set(viewer, {
      ...(await reads(who)),
      'Event.subject': await subject(who),
      'InviteMemberPayload.membership': await payload(who, 'inviteMember', {
        ...invitation,
        redirectUrl: INVITATIONS.ALLOWED_REDIRECTS,
      }),
      'ResendInvitationPayload.membership': await payload(who, 'resendInvitation', { membershipId: invited.membership.id }),
      'UpdateMembershipPayload.membership': await payload(who, 'updateMembership', { membershipId: target, roles: ['ringer'] }),
      'CreateTeamPayload.membership': await payload(who, 'createTeam', { name: 'Own' }),
      'AcceptInvitationPayload.membership': await payload(who, 'acceptInvitation', { token }),
      'MembershipChange.membership': await heard(viewer),
    })
  }
  for (const outcomes of found.values()) {
    const made = outcomes['CreateTeamPayload.membership']
    if (typeof made === 'object') await teams.remove(teams.server, (made.team as { id: string }).id)
  }
  const accepted = found.get('stranger')?.['AcceptInvitationPayload.membership']
  if (typeof accepted === 'object') await teams.dismiss(ann.browser, String(accepted.id)) // so that he can be invited again
  return found
}

/** Changes what is to be seen of Bob, as an operator does. */
const rename = async (change: Readonly<Record<string, string>>): Promise<void> => {
  const { data } = await writer.gql(
    'mutation ($input: UpdateAccountAsOperatorInput!) { updateAccountAsOperator(input: $input) { __typename } }',
    { input: { accountId: bob.account.id, ...change } },
  )
  expect(data.updateAccountAsOperator.__typename).toBe('UpdateAccountAsOperatorPayload')
}

/** What the rules say is seen of a membership. */
const expected = (viewer: Onlooker, reach: Reach, setting: Setting): Seen => {
  const whose = reach === 'own' ? persons[viewer] : persons.himself
  const isOwn = reach === 'own' || (reach === 'theirs' && viewer === 'himself')
  const hidden = withheld(viewer, reach, setting)
  const values: Seen =
    reach === 'invited'
      ? { userName: 'Danny', userEmail: invitee, mfa: null }
      : { userName: whose?.name ?? null, userEmail: whose?.email, mfa: false }
  const seesAccount = reach !== 'invited' && (isOwn || READS_ACCOUNT.includes(viewer))
  return Object.fromEntries(
    Object.entries(FIELDS).map(([field, kind]) => {
      if (kind === 'withheld') return [field, [...hidden]]
      if (kind === 'account') return [field, seesAccount ? { id: whose?.account.id } : null]
      if (kind !== 'everybody') return [field, hidden.includes(kind) ? null : values[field]]
      if (field === 'isViewer') return [field, isOwn]
      if (field === 'status') return [field, reach === 'invited' ? 'INVITED' : 'ACTIVE']
      const isDate = (field === 'joinedAt' && reach !== 'invited') || (field === 'invitedAt' && reach === 'invited')
      return [field, field.endsWith('At') && !isDate ? expect.toBeOneOf([null, expect.any(String)]) : expect.anything()]
    }),
  )
}

const cells: Cell[] = []
const told: Told[] = []

describe('the schema', () => {
  it('leads to a membership by the ways that have a rule, and by no other', () => {
    expect(waysTo(schema, 'Membership')).toEqual(Object.keys(WAYS).toSorted())
  })

  it('asks of a membership for what has a rule, and for nothing else', () => {
    expect(fieldsOf(schema, 'Membership')).toEqual(Object.keys(FIELDS).toSorted())
  })

  it('knows of the details that the rules know of', () => {
    const details = (schema.getType('MembershipDetail') as GraphQLEnumType).getValues().map(({ name }) => name)
    expect(details.toSorted()).toEqual([...DETAILS].toSorted())
  })
})

describe('under the setting', () => {
  it.each(SETTINGS.map((setting, round) => ({ setting, round })))(
    '$setting everybody sees by every way what the rules say',
    async ({ setting, round }) => {
      const found = await observe(setting, round)
      for (const viewer of VIEWERS)
        for (const [way, rule] of Object.entries(WAYS)) {
          const [reach, outcome] = [rule[viewer], found.get(viewer)?.[way]]
          const isShown = ['theirs', 'invited', 'own'].includes(reach)
          expect(outcome, `${viewer}, ${way}`).toEqual(isShown ? expected(viewer, reach, setting) : reach)
          cells.push({ viewer, way, setting, reach, seen: typeof outcome === 'object' ? outcome : null })
        }
    },
    60_000,
  )
})

describe('a detail that is changed', () => {
  it.each(SETTINGS)('under the setting %j is told to whoever sees it, and to nobody else', async (setting) => {
    await app.settings({ membershipPrivacy: setting })
    for (const [detail, was, becomes] of [
      ['USER_NAME', { name: 'Bob' }, { name: 'Rob' }],
      ['USER_EMAIL', { email: bob.email }, { email: newEmail() }],
    ] as const) {
      for (const change of [becomes, was]) await rename(change)
      await teams.setRoles(ann.browser, live.memberships[0] ?? '', ['last'])
      await teams.setRoles(ann.browser, live.memberships[0] ?? '', [])
      for (const viewer of VIEWERS) {
        if (WAYS['MembershipChange.membership']?.[viewer] !== 'theirs') continue
        const isTold = !withheld(viewer, 'theirs', setting).includes(detail)
        const changes = followers.get(viewer)
        const heard: Seen[] = []
        for (let isLast = false; !isLast; ) {
          const { kind, membership } = (await changes?.next())?.data.memberships ?? {}
          isLast = kind !== 'DETAILS_CHANGED'
          if (!isLast) heard.push(membership)
        }
        expect((await changes?.next())?.data.memberships.kind).toBe('ROLES_CHANGED')
        expect(heard, `${viewer}, ${detail}`).toHaveLength(isTold ? 2 : 0)
        if (isTold) expect(heard[1], viewer).toEqual(expected(viewer, 'theirs', setting))
        told.push({ viewer, setting, detail, isTold })
      }
    }
  })
})

describe('the report', () => {
  it('docs/privacy-matrix.md says what was seen', async () => {
    expect(cells).toHaveLength(SETTINGS.length * VIEWERS.length * Object.keys(WAYS).length)
    await expect(report(cells, told)).toMatchFileSnapshot('../../../../docs/privacy-matrix.md')
  })
})
