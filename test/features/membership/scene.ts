/** An invitation at one node, whoever could get in its way at another, and what the log and the table say afterwards. */
import { expect } from 'vitest'
import { newEmail, PASSWORD, type TestApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { accept } from '../../support/invitations.ts'
import { tokenOf } from '../../support/links.ts'
import { mailboxOf } from '../../support/mailbox.ts'
import { teamsOf } from '../../support/teams.ts'

/** Whoever is invited. `account`: null for somebody new, who is not signed in. */
export type Invitee = Readonly<{
  email: string
  account: Readonly<{ id: string; sessionToken: string; sessionId: string }> | null
  accept: (token: string) => ReturnType<typeof accept>
}>

type Place = Readonly<{ id: string; status: 'INVITED' | 'ACTIVE'; roles: readonly string[] }>

type Told = Readonly<{ type: string; details: { membershipId?: string; roles?: readonly string[]; reason?: string } }>

/** A mutation of whoever it is. @returns its result, or the code of the refusal. */
export const run = async (who: TestClient, name: string, input: Record<string, unknown>) => {
  const Name = name.charAt(0).toUpperCase() + name.slice(1)
  const { data, errors } = await who.gql(
    `mutation ($input: ${Name}Input!) { ${name}(input: $input) { __typename ... on UserError { code } } }`,
    { input },
  )
  return data?.[name] ?? { refused: errors?.[0]?.extensions.code }
}

/** What the log says is in a team now; fails where it tells of what could not be. */
const replay = (events: readonly Told[]): readonly Place[] => {
  const places = new Map<string, Place>()
  for (const { type, details } of events) {
    const { membershipId: id = '', roles = [] } = details
    const before = places.get(id)
    if (type === 'team.deleted') places.clear()
    if (type === 'membership.joined' || type === 'membership.invited') {
      expect(before?.status, `${type} of somebody who is in`).not.toBe('ACTIVE')
      places.set(id, { id, roles, status: type === 'membership.joined' ? 'ACTIVE' : 'INVITED' })
    }
    if (type === 'membership.invitation-resent') expect(before?.status).toBe('INVITED')
    if (type === 'membership.roles-changed') places.set(id, { ...(before ?? expect.fail('roles of nobody')), roles })
    if (type === 'membership.removed') expect(places.delete(id), 'nobody was removed').toBe(true)
  }
  return [...places.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

export const sceneOf = async (here: TestApp, there: TestApp) => {
  const [near, far, mailbox] = [await teamsOf(here), await teamsOf(there), await mailboxOf(here)]

  /** Somebody who has no account. Each try comes from another browser. */
  const newcomer = async (): Promise<Invitee> => ({
    email: newEmail(),
    account: null,
    accept: (token) => accept(here.browser(), token, { password: PASSWORD }),
  })

  /** Somebody who has one, and is signed in to it. */
  const member = async (): Promise<Invitee> => {
    const { account, email, session, sessionToken } = await here.person({ transport: 'TOKEN' })
    const token = sessionToken ?? ''
    const app = here.program(token)
    return { email, account: { id: account.id, sessionToken: token, sessionId: session.id }, accept: (link) => accept(app, link) }
  }

  /** Every link that was sent to an address, newest first. */
  const links = async (email: string): Promise<readonly string[]> =>
    (await mailbox.to(email)).flatMap(({ kind, text }) =>
      kind === 'invitation' ? [...text.matchAll(/^https:\/\/\S+$/gm)].map(([link]) => tokenOf(new URL(link))) : [],
    )

  /** A team of one, who has invited somebody by his address. `owner`: that one, at the other node. */
  const invite = async (invitee: Invitee, roles: readonly string[] = ['ringer']) => {
    const ann = await here.person({ transport: 'TOKEN' })
    const owner: TestClient = there.program(ann.sessionToken ?? '')
    const made = await near.create(owner)
    const teamId: string = made.team.id
    const { membership } = await far.invite(owner, { teamId, email: invitee.email, roles })
    const [token = ''] = await links(invitee.email)
    return { invitee, owner, ownerId: ann.account.id, teamId, membershipId: membership.id as string, token }
  }

  /** What became of a team, by its table; by its log it must be the same. */
  const outcome = async (teamId: string) => {
    await here.app.tick()
    const [rows, events] = await Promise.all([
      here.app.db.read.membership.findMany({ where: { teamId }, orderBy: { id: 'asc' } }),
      here.app.db.read.event.findMany({ where: { subjectId: teamId }, orderBy: { position: 'asc' } }),
    ])
    const told = events.map(({ type, details }) => ({ type, details }) as Told)
    const places = rows.map(({ id, roles, joinedAt }) => ({ id, roles, status: joinedAt === null ? 'INVITED' : 'ACTIVE' }))
    expect(replay(told)).toEqual(places)
    const inside = rows.filter(({ joinedAt }) => joinedAt !== null)
    const accounts = inside.map(({ accountId }) => accountId ?? '')
    const staying = new Set(
      (await here.app.db.read.account.findMany({ where: { id: { in: accounts }, deletesAt: null } })).map(({ id }) => id),
    )
    const owners = inside.filter(({ roles }) => roles.includes('owner')).map(({ accountId }) => accountId ?? '')
    return {
      /** Whether there are members who stay, and none of them runs the team. */
      isOrphaned: staying.size > 0 && !owners.some((id) => staying.has(id)),
      isThere: (await here.app.db.read.team.count({ where: { id: teamId } })) === 1,
      /** The roles of whoever is in, but its founder. */
      joined: inside.filter(({ roles }) => !roles.includes('owner')).map(({ roles }) => roles.join()),
      removals: told.flatMap(({ type, details }) => (type === 'membership.removed' ? [details.reason ?? ''] : [])),
    }
  }

  const accountsAt = async (email: string) =>
    here.app.db.read.account.findMany({
      where: { email },
      include: { sessions: { where: { endedAt: null } }, memberships: true },
    })

  return { far, newcomer, member, links, invite, outcome, accountsAt }
}

type Scene = Awaited<ReturnType<typeof sceneOf>>

export type Invited = Awaited<ReturnType<Scene['invite']>>
