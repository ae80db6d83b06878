import { afterEach, describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { enqueue, recovery } from '../../support/messages.ts'

const MESSAGES = `query ($filter: MessageFilter, $first: Int, $after: String) {
  messages(filter: $filter, first: $first, after: $after) {
    nodes { id channel kind to subject text html status createdAt sentAt account { id } }
    totalCount
    pageInfo { hasNextPage endCursor }
  }
}`

describe('a message in development', async () => {
  const app = await testApp()
  const { db, messages } = app.app
  const operator = await app.key('MESSAGES_READ', 'ACCOUNTS_READ')
  const list = async (filter: Record<string, unknown> = {}, page: Record<string, unknown> = {}) =>
    (await operator.gql(MESSAGES, { filter, ...page })).data.messages

  afterEach(async () => {
    await app.app.delivered()
    await db.read.message.deleteMany()
  })

  it('is sent by being stored, and operators read it whole', async () => {
    const person = await app.person()
    const id = await enqueue(app, recovery(person.email, { accountId: person.account.id }))
    await app.app.delivered()
    expect(await list()).toMatchObject({
      totalCount: 1,
      nodes: [
        {
          id,
          channel: 'MAIL',
          kind: 'password-recovery',
          to: person.email,
          status: 'SENT',
          text: expect.stringContaining('https://app.example.com/recover?token=SECRET'),
          html: expect.stringContaining('https://app.example.com/recover?token=SECRET'),
          createdAt: app.clock.now().toISOString(),
          sentAt: app.clock.now().toISOString(),
          account: { id: person.account.id },
        },
      ],
    })
    expect((await list()).nodes[0].subject).not.toBe('')
  })

  it.each(['transaction', 'bareTransaction'] as const)('is there if the change it tells of is, in a %s', async (kind) => {
    const id = await db[kind]((tx) => messages.enqueue(tx, recovery('ada@example.com')))
    await app.app.delivered()
    expect(await list()).toMatchObject({ nodes: [{ id, status: 'SENT' }] })
    const failing = db[kind](async (tx) => {
      await messages.enqueue(tx, recovery('nobody@example.com'))
      throw new Error('the change failed')
    })
    await expect(failing).rejects.toThrow('the change failed')
    expect(await list()).toMatchObject({ totalCount: 1 })
  })

  it('is encrypted where it is stored', async () => {
    const id = await enqueue(app, recovery('ada@example.com'))
    const stored = await db.read.message.findUniqueOrThrow({ where: { id } })
    expect(stored.content).toMatch(/^\w+\.[\w-]+$/)
    expect(JSON.stringify(stored)).not.toContain('SECRET')
    const other = await enqueue(app, recovery('ada@example.com'))
    await app.app.delivered()
    await db.read.message.update({ where: { id: other }, data: { content: stored.content } })
    expect((await list()).nodes.map(({ id, subject }: { id: string; subject: string | null }) => [id, subject])).toEqual([
      [other, null],
      [id, expect.any(String)],
    ])
  })

  it('is found by address, kind and status, page by page, newest first', async () => {
    const ids: string[] = []
    for (const to of ['a@example.com', 'b@example.com', 'a@example.com']) {
      ids.push(await enqueue(app, recovery(to)))
      app.clock.advance(1)
    }
    await app.app.delivered()
    const idsOf = (page: { nodes: { id: string }[] }) => page.nodes.map(({ id }) => id)
    expect(idsOf(await list({ to: ' A@Example.com' }))).toEqual([ids[2], ids[0]])
    expect(idsOf(await list({ kind: 'password-changed' }))).toEqual([])
    expect(idsOf(await list({ status: 'WAITING' }))).toEqual([])
    expect(idsOf(await list({ channel: 'SMS' }))).toEqual([])
    const first = await list({ status: 'SENT', channel: 'MAIL', kind: 'password-recovery' }, { first: 2 })
    expect(idsOf(first)).toEqual([ids[2], ids[1]])
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
    expect(idsOf(await list({}, { first: 2, after: first.pageInfo.endCursor }))).toEqual([ids[0]])
    const wrong = await operator.gql(MESSAGES, { filter: { kind: 'Not A Kind', to: 'x'.repeat(300) } })
    expect(wrong.errors?.[0]?.extensions).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: 'filter.kind' }, { path: 'filter.to' }],
    })
  })

  it('is seen by nobody without MESSAGES_READ, not even by whom it was for', async () => {
    const person = await app.person()
    const id = await enqueue(app, recovery(person.email, { accountId: person.account.id }))
    const node = 'query ($id: ID!) { node(id: $id) { id } }'
    expect((await operator.gql(node, { id })).data.node).toEqual({ id })
    const admin = await app.admin()
    expect((await admin.browser.gql(MESSAGES)).data.messages.totalCount).toBe(1)
    for (const who of [person.browser, await app.key('EVENTS_READ', 'ACCOUNTS_READ')]) {
      expect((await who.gql(MESSAGES)).errors?.[0]?.extensions.code).toBe('FORBIDDEN')
      expect(await who.gql(node, { id })).toEqual({ data: { node: null } })
    }
    expect((await app.browser().gql(MESSAGES)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    const blind = await app.key('MESSAGES_READ')
    expect((await blind.gql(MESSAGES)).data.messages.nodes[0].account).toBeNull()
  })

  it('is forgotten a month after it left', async () => {
    await enqueue(app, recovery('ada@example.com'))
    await app.app.delivered()
    app.clock.advance(30 * 86_400)
    await app.app.tick()
    expect((await list()).totalCount).toBe(1)
    app.clock.advance(1)
    await app.app.tick()
    expect((await list()).totalCount).toBe(0)
  })
})
