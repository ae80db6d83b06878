/** Deleting by the sweep: however many teams an account has, and whatever becomes of another one. */
import { expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'

const app = await testApp()
const { read } = app.app.db

const DAYS = 15 * 86_400

const askForDeletion = async (who: Awaited<ReturnType<typeof app.person>>): Promise<void> => {
  const { data } = await who.browser.gql('mutation { deleteAccount(input: {}) { __typename } }')
  expect(data.deleteAccount.__typename).toBe('DeleteAccountPayload')
}

const left = async (...people: readonly Awaited<ReturnType<typeof app.person>>[]): Promise<number> =>
  read.account.count({ where: { id: { in: people.map(({ account }) => account.id) }, deletedAt: null } })

it('takes an account and its 3,000 teams that nobody else is in, each with its event', async () => {
  const bob = await app.person()
  const id = (prefix: string) => `'${prefix}_0B' || lpad(g::text, 24, '0')`
  await read.$executeRawUnsafe(
    `INSERT INTO teams (id, name, created_at) SELECT ${id('tea')}, 'T', now() FROM generate_series(1, 3000) g`,
  )
  await read.$executeRawUnsafe(
    `INSERT INTO memberships (id, team_id, account_id, roles, joined_at)
     SELECT ${id('mem')}, ${id('tea')}, $1, ARRAY['owner'], now() FROM generate_series(1, 3000) g`,
    bob.account.id,
  )
  await askForDeletion(bob)
  app.clock.advance(DAYS)
  await app.app.tick()
  expect(await left(bob)).toBe(0)
  expect(await read.team.count()).toBe(0)
  const ended = await read.event.findMany({ where: { type: 'team.deleted' }, select: { details: true } })
  expect(ended).toHaveLength(3_000)
  expect(ended[0]?.details).toEqual({ members: 1, invitations: 0, withAccount: true })
})

it('goes on with the others, and with all other sweeps, if one account cannot be deleted', async () => {
  const [stuck, ann] = [await app.person(), await app.person()]
  for (const who of [stuck, ann]) await askForDeletion(who)
  await read.$executeRawUnsafe(`CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'kept'; END $$`)
  await read.$executeRawUnsafe(
    `CREATE TRIGGER keep BEFORE DELETE ON accounts FOR EACH ROW WHEN (OLD.id = '${stuck.account.id}') EXECUTE FUNCTION keep()`,
  )
  const recovery = 'mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }'
  const redirectUrl = `${app.url}/recover`
  await app.browser().gql(recovery, { input: { email: (await app.person()).email, redirectUrl } })
  app.clock.advance(2 * DAYS)
  await expect(app.app.tick()).rejects.toThrow('not everything could be swept')
  expect([await left(stuck), await left(ann)]).toEqual([1, 0])
  expect(await read.oneTimeToken.count()).toBe(0)
  await read.$executeRawUnsafe('DROP TRIGGER keep ON accounts')
  await app.app.tick()
  expect(await left(stuck)).toBe(0)
})
