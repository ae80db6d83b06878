/**
 * Every kind of secret at every door: links, codes and tickets, invitations, sign-ups that wait, handover codes, and what is none
 * of these. At any door but its own it is as if nobody had ever made it, and nothing is used up there.
 */
import { readFileSync } from 'node:fs'
import { buildSchema, type GraphQLField, getNamedType, isInputObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { PAGES } from '../../../src/http/pages.ts'
import { testApp } from '../../support/app.ts'
import { secretsOf } from '../../support/secrets.ts'
import { stored } from '../../support/stored.ts'

const app = await testApp()
const { doors, rows, stranger } = await secretsOf(app)

/** What is there to be changed, once the sweeps have been through. */
const everything = async () => {
  await app.app.tick()
  return stored(app)
}

/** What a secret is called where somebody gives one. */
const NAMES = /^(token|ticket|handoverCode)$/

const takesSecret = ({ args }: GraphQLField<unknown, unknown>): boolean =>
  args.some(({ name, type }) => {
    const named = getNamedType(type)
    return NAMES.test(name) || (isInputObjectType(named) && Object.keys(named.getFields()).some((field) => NAMES.test(field)))
  })

it('knows every door that there is', () => {
  const schema = buildSchema(readFileSync(new URL('../../../src/graphql/schema.graphql', import.meta.url), 'utf8'))
  const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}),
  )
  const names = [...fields.filter(takesSecret).map(({ name }) => name), ...Object.keys(PAGES)]
  expect(Object.keys(doors).toSorted()).toEqual(names.toSorted())
})

describe.each(Object.entries(rows))('a secret of the kind %s', (_kind, row) => {
  it('is nothing at any other door, whoever tries it, and uses nothing up there', async () => {
    const { secret, owner, made } = await row.make()
    const who = [app.browser(), stranger, ...(owner === null ? [] : [owner])]
    for (const one of who) await one.gql('{ account { id } }') // what a first request of a session changes is changed now
    const before = await everything()
    for (const [name, knock] of Object.entries(doors))
      if (name !== row.door && !row.looks?.includes(name))
        for (const one of who) expect(await knock(secret, one, made), `at ${name}`).toBeNull()
    expect(await everything()).toEqual(before)
  })
})

const used = Object.entries(rows).flatMap(([kind, { door, looks, make }]) => (door === null ? [] : [{ kind, door, looks, make }]))

describe.each(used)('a secret of the kind $kind', ({ kind, door, looks, make }) => {
  it('is good at its own door, once, and shown until then', async () => {
    const { secret, owner, made } = await make()
    const who = kind === 'invitation of an account' && owner !== null ? owner : app.browser()
    const [knock, lookers] = [
      doors[door] ?? expect.fail('no such door'),
      (looks ?? []).map((name) => doors[name] ?? expect.fail('no such page')),
    ] as const
    for (const look of [...lookers, ...lookers]) expect(await look(secret, who, made)).not.toBeNull()
    expect(await knock(secret, who, made)).toMatchObject({ __typename: expect.stringMatching(/Payload$/) })
    expect(await knock(secret, who, made)).toBeNull()
    for (const look of lookers) expect(await look(secret, who, made)).toBeNull()
  })
})
