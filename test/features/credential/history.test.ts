import { describe, expect, it } from 'vitest'
import * as store from '../../../src/features/credential/credential.store.ts'
import { newEmail, PASSWORD, testApp } from '../../support/app.ts'
import { cheapHasher } from '../../support/hasher.ts'

const app = await testApp()
const { read } = app.app.db

const password = (n: number): string => `wintry meadow number ${n}`

const history = (historyLength: number) => app.settings({ passwords: { historyLength } })

type Recovered = { __typename: string; violations?: { rule: string }[] }

const recoverWith = async (token: string, newPassword: string): Promise<Recovered> =>
  (
    await app.browser().gql(
      `mutation ($input: RecoverPasswordInput!) { recoverPassword(input: $input) {
        __typename ... on WeakPasswordError { violations { rule } } } }`,
      { input: { token, newPassword } },
    )
  ).data.recoverPassword

/** Sets a password by a link of the command line, which proves no address. */
const change = async (email: string, newPassword: string): Promise<Recovered> =>
  recoverWith(await app.app.operators.createAdmin(email), newPassword)

const changed = async (email: string, ...numbers: readonly number[]): Promise<void> => {
  for (const n of numbers)
    expect(await change(email, password(n)), `change to ${n}`).toMatchObject({ __typename: 'RecoverPasswordPayload' })
}

const REFUSED = { __typename: 'WeakPasswordError', violations: [{ rule: 'RECENTLY_USED' }] }

const refused = async (email: string, ...numbers: readonly number[]): Promise<void> => {
  for (const n of numbers) expect(await change(email, password(n)), `refuse ${n}`).toEqual(REFUSED)
}

const somebody = () => app.person({ password: password(0) })

const kept = (accountId: string) =>
  read.earlierPassword.findMany({ where: { accountId }, orderBy: { age: 'asc' }, select: { age: true, hash: true } })

describe('the current password', () => {
  it('is always refused, in whatever form it is typed, and nothing is kept of earlier ones unless the settings say so', async () => {
    await history(0)
    const { email, account } = await app.person({ password: 'caf\u00e9 ﬁsch brot' })
    expect(await change(email, 'cafe\u0301 fisch brot')).toEqual(REFUSED)
    await changed(email, 1)
    expect(await kept(account.id)).toEqual([])
    expect((await change(email, 'caf\u00e9 ﬁsch brot')).__typename).toBe('RecoverPasswordPayload')
  })

  it('of a link that is not good is not looked at', async () => {
    const { email } = await somebody()
    const [older, token] = [await app.app.operators.createAdmin(email), await app.app.operators.createAdmin(email)]
    expect(await recoverWith(token, password(1))).toEqual({ __typename: 'RecoverPasswordPayload' })
    for (const guess of [password(0), password(1), 'short'])
      expect(await recoverWith(older, guess)).toEqual({ __typename: 'InvalidTokenError' })
  })
})

describe('earlier passwords', () => {
  it('are refused, as many as the settings say, and then may come back', async () => {
    await history(2)
    const { email, account } = await somebody()
    await changed(email, 1, 2)
    await refused(email, 0, 1, 2)
    await changed(email, 3)
    await refused(email, 1, 2, 3)
    await changed(email, 0)
    await refused(email, 2, 3, 0)
    expect((await kept(account.id)).map(({ age }) => age)).toEqual([1, 2])
    expect((await app.trySignIn(app.browser(), { email, password: password(0) })).__typename).toBe('SignInPayload')
  })

  it('are kept from the moment on that the setting is raised, and forgotten at once when it is lowered', async () => {
    await history(0)
    const { email, account } = await somebody()
    await changed(email, 1)
    await history(20)
    await changed(email, 2, 3, 4)
    expect(await kept(account.id)).toHaveLength(3)
    await history(1)
    expect((await kept(account.id)).map(({ age }) => age)).toEqual([1])
    await refused(email, 3, 4)
    await history(20) // what is forgotten stays forgotten
    await changed(email, 1, 2)
    await history(0)
    expect(await kept(account.id)).toEqual([])
  })

  it('that a node forgot to remove do not count, and go by themselves', async () => {
    await history(1)
    const { email, account } = await somebody()
    const [{ hash = '' } = {}] = await read.password.findMany({ where: { accountId: account.id } })
    await changed(email, 1)
    await read.earlierPassword.createMany({ data: [2, 3].map((age) => ({ accountId: account.id, hash, age })) })
    await changed(email, 2)
    await read.earlierPassword.createMany({ data: [2, 3].map((age) => ({ accountId: account.id, hash, age })) })
    await changed(email, 0) // the one in these rows
    await read.earlierPassword.createMany({ data: [2, 3].map((age) => ({ accountId: account.id, hash, age })) })
    await app.app.tick()
    expect(await kept(account.id)).toHaveLength(1)
  })

  it('are verified each with its own parameters', async () => {
    await history(3)
    const { email, account } = await somebody()
    const other = await cheapHasher(2, { memoryKiB: 64, iterations: 3, parallelism: 2 })
    await read.earlierPassword.createMany({
      data: [
        { accountId: account.id, hash: await other.hash(password(7)), age: 1 },
        { accountId: account.id, hash: 'what nothing can verify', age: 2 },
        { accountId: account.id, hash: await other.hash(password(8)), age: 3 },
      ],
    })
    await refused(email, 7, 8, 0)
    await changed(email, 9)
  })

  it('are not made when the same password is hashed anew, which changes no time either', async () => {
    await history(5)
    const { email, account } = await somebody()
    const before = await read.password.findUniqueOrThrow({ where: { accountId: account.id } })
    app.clock.advance(60)
    expect(await store.replace(read, account.id, 'another hash', 'new')).toBe(false)
    expect(await store.replace(read, account.id, before.hash, before.hash.replace('argon2', 'argon2'))).toBe(true)
    expect(await read.password.findUniqueOrThrow({ where: { accountId: account.id } })).toEqual(before)
    expect(await kept(account.id)).toEqual([])
    await refused(email, 0)
  })

  it('go with the account', async () => {
    await history(5)
    const { email, account } = await somebody()
    await changed(email, 1)
    expect(await kept(account.id)).toHaveLength(1)
    const operator = await app.key('ACCOUNTS_WRITE')
    await read.account.update({ where: { id: account.id }, data: { labels: [] } }) // the links made an operator of him
    await operator.gql('mutation ($id: ID!) { deleteAccount(input: { accountId: $id, immediately: true }) { __typename } }', {
      id: account.id,
    })
    expect(await kept(account.id)).toEqual([])
  })

  it('of whoever registered an address are none of its owner’s, who keeps none of them', async () => {
    await history(5)
    const email = newEmail()
    const { account } = await app.signUp(app.browser(), { email, password: PASSWORD })
    await app
      .browser()
      .gql('mutation ($input: RequestPasswordRecoveryInput!) { requestPasswordRecovery(input: $input) { __typename } }', {
        input: { email, redirectUrl: `http://localhost:${new URL(app.url).port}/recover` },
      })
    const [mail] = await app.app.messages.newest(1)
    const token = new URL(mail?.text?.match(/^http\S+$/m)?.[0] ?? 'http://none').searchParams.get('token') ?? ''
    expect(await recoverWith(token, PASSWORD)).toEqual(REFUSED) // or the squatter could still come in
    expect(await recoverWith(token, password(1))).toEqual({ __typename: 'RecoverPasswordPayload' })
    expect(await kept(account.id)).toEqual([])
    await changed(email, 2)
    expect(await kept(account.id)).toHaveLength(1)
  })
})
