/**
 * Pages of a team's list and of an account's own, with all that can be asked of a membership, in a constant number of statements: however
 * many there are, wherever the page stands, in every order and under every filter, for whoever may ask. They are counted on the wire.
 */
import { type GraphQLObjectType, getNamedType, getNullableType, isLeafType, isListType, isObjectType } from 'graphql'
import { beforeAll, describe, expect, it } from 'vitest'
import { schema } from '../../../src/graphql/schema.ts'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { crowdsOf } from '../../support/crowd.ts'
import { seeStatements } from '../../support/statements.ts'
import { type Person, teamsOf } from '../../support/teams.ts'
import { fieldsOf } from './matrix/ways.ts'

/** What a node does by itself, whoever asks it or not; and what a new connection begins with. */
const BY_ITSELF = /"ledger"|e\."position" >|SKIP LOCKED|^SET TIME ZONE/

/** All values of a type and of the things it leads to, but of no lists of things: a page in a page is another page each time. */
const everythingOf = (name: string, above: readonly string[] = []): string =>
  Object.values((schema.getType(name) as GraphQLObjectType).getFields())
    .flatMap((field) => {
      const type = getNamedType(field.type)
      if (isLeafType(type)) return [field.name]
      const isOne = isObjectType(type) && !isListType(getNullableType(field.type)) && !type.name.endsWith('Connection')
      return isOne && ![...above, name].includes(type.name)
        ? [`${field.name} { ${everythingOf(type.name, [...above, name])} }`]
        : []
    })
    .join(' ')

const MEMBERSHIP = everythingOf('Membership')

/** A page with everything once; by the other way it is read from the same loaders. */
const PAGE = `edges { cursor node { ${MEMBERSHIP} } } nodes { id team { id } account { id } } totalCount
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`

const seen = seeStatements(BY_ITSELF)
const app = await testApp()
const teams = await teamsOf(app)
const crowds = crowdsOf(app)
const [ann, bob] = [await app.person({ name: 'Ann' }), await app.person({ name: 'Bob' })]
const admin = await app.admin()
const key = await app.key('MEMBERSHIPS_READ', 'TEAMS_READ', 'ACCOUNTS_READ', 'SESSIONS_READ')

/** Who asks, and how many statements a page takes him. */
type Case<Who = TestClient> = Readonly<{ who: Who; isMasked?: true; statements: number }>

const OF_TEAM: Readonly<Record<string, Case>> = {
  'a member': { who: bob.browser, isMasked: true, statements: 14 },
  'an owner': { who: ann.browser, statements: 14 },
  'an operator': { who: admin.browser, statements: 17 },
  'a key': { who: key, statements: 11 },
}

const OF_ACCOUNT: Readonly<Record<string, Case<TestClient | null>>> = {
  itself: { who: null, statements: 11 },
  'an operator': { who: admin.browser, statements: 14 },
  'a key': { who: key, statements: 10 },
}

/** Every order and every filter; those that tell of details are refused where details are withheld. */
const QUESTIONS: readonly Readonly<{ args: string; tellsOfDetails?: true }>[] = [
  { args: 'orderBy: JOINED_AT' },
  { args: 'orderBy: INVITED_AT' },
  { args: 'orderBy: USER_NAME', tellsOfDetails: true },
  { args: 'orderBy: USER_EMAIL', tellsOfDetails: true },
  { args: 'filter: { status: ACTIVE }' },
  { args: 'filter: { status: INVITED }' },
  { args: 'filter: { role: "treasurer" }' },
  { args: 'filter: { search: "crowd" }', tellsOfDetails: true },
  { args: 'filter: { mfa: true }', tellsOfDetails: true },
]

/** What the viewer is told of himself is read in any case, so that it does not count whether he stands on the page. */
const HIMSELF = `account { ${everythingOf('Account')} }`

type Page = Readonly<{ edges: readonly { cursor: string }[]; totalCount: number }>

/** A list, as somebody asks for a page of it. */
type Ask = (args: string, selection: string) => Promise<Page>

const list =
  (who: TestClient, type: 'Team' | 'Account', id: string): Ask =>
  async (args, selection) => {
    const { data, errors } = await who.gql(
      `{ ${HIMSELF} list: node(id: "${id}") { ... on ${type} { memberships(${args}) { ${selection} } } } }`,
    )
    expect(errors, args).toBeUndefined()
    return data.list.memberships
  }

/** Again as long as the node did something of its own meanwhile, which only ever adds. @returns how many statements it takes. */
const count = async (ask: Ask, args: string, expected: number): Promise<number> => {
  let least = Number.POSITIVE_INFINITY
  for (let time = 0; time < 5 && least > expected; time++) {
    const before = seen.statements.length
    expect((await ask(args, PAGE)).edges, args).not.toEqual([])
    least = Math.min(least, seen.statements.length - before)
  }
  return least
}

/** The first page and a deep one from either end, of 10 and of 50. */
const pagesOf = async (ask: Ask, question: string): Promise<readonly string[]> => {
  const cursors: string[] = []
  for (let more = true; more; ) {
    const after = cursors.length === 0 ? '' : `after: "${cursors.at(-1)}"`
    const { edges, totalCount } = await ask(`${question} first: 100 ${after}`, 'edges { cursor } totalCount')
    cursors.push(...edges.map(({ cursor }) => cursor))
    more = cursors.length < totalCount
  }
  const [early, late] = [cursors[Math.ceil(cursors.length * 0.2)], cursors[Math.floor(cursors.length * 0.8) - 1]]
  return [10, 50].flatMap((size) =>
    [`first: ${size}`, `first: ${size} after: "${late}"`, `last: ${size}`, `last: ${size} before: "${early}"`].map(
      (place) => `${question} ${place}`,
    ),
  )
}

/** @returns the pages that took another number of statements. */
const exceptions = async (ask: Ask, questions: readonly string[], expected: number) => {
  const found: Record<string, number> = {}
  for (const question of questions)
    for (const page of await pagesOf(ask, question)) {
      const statements = await count(ask, page, expected)
      if (statements !== expected) found[page] = statements
    }
  return found
}

it('is asked for every field of a membership', () => {
  for (const field of fieldsOf(schema, 'Membership')) expect(MEMBERSHIP).toMatch(new RegExp(`\\b${field}\\b`))
})

describe('a page of a team’s list', () => {
  const teamIds: string[] = []

  beforeAll(async () => {
    await app.settings({ membershipPrivacy: { private: ['USER_NAME', 'USER_EMAIL', 'MFA'], ownersSeeAll: true } })
    for (const size of [10, 60, 600]) {
      const { teamId } = await teams.team(ann, bob)
      await crowds.fill(teamId, size - 2)
      teamIds.push(teamId)
    }
  })

  it.each(Object.entries(OF_TEAM))(
    'takes %s the same few statements, of 10, 60 and 600',
    async (_, { who, isMasked, statements }) => {
      const questions = QUESTIONS.filter(({ tellsOfDetails }) => !(isMasked && tellsOfDetails)).map(({ args }) => args)
      for (const teamId of teamIds) expect(await exceptions(list(who, 'Team', teamId), questions, statements)).toEqual({})
    },
  )
})

describe('a page of an account’s list, with each team', () => {
  const people: Person[] = []

  beforeAll(async () => {
    for (const count of [3, 60, 200]) {
      const person = await app.person()
      await crowds.spread(person.account.id, count)
      people.push(person)
    }
  })

  it.each(Object.entries(OF_ACCOUNT))('takes %s the same few statements, of 3, 60 and 200', async (_, { who, statements }) => {
    for (const { browser, account } of people)
      expect(await exceptions(list(who ?? browser, 'Account', account.id), [''], statements)).toEqual({})
  })
})
