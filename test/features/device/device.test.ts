import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import type { TestClient } from '../../support/client.ts'
import { enterBy, PROOFS } from '../../support/methods.ts'

const app = await testApp()

const MISSING = `dev_${'0'.repeat(26)}`

type Device = {
  id: string
  label: string
  isCurrent: boolean
  confirmedAt: string | null
  firstSeenAt: string
  lastSeenAt: string
}

const devicesOf = async (who: TestClient): Promise<Device[]> =>
  (await who.gql('{ account { devices { id label isCurrent confirmedAt firstSeenAt lastSeenAt } } }')).data.account.devices

const now = (): string => app.clock.now().toISOString()

/** A key as an app makes one. */
const KEY = 'a-key_of.22-characters'.replace('.', '-')

describe('a device', () => {
  it('is known after sign-up, recognised by its cookie and seen last at the last sign-in', async () => {
    const { browser, email } = await app.person()
    const [device] = await devicesOf(browser)
    expect(device).toMatchObject({ isCurrent: true, confirmedAt: now(), firstSeenAt: now(), lastSeenAt: now() })
    const firstSeenAt = now()
    await browser.gql('mutation { signOut(input: {}) { __typename } }')
    app.clock.advance(100)
    await app.signIn(browser, email)
    expect(await devicesOf(browser)).toEqual([{ ...device, firstSeenAt, lastSeenAt: now() }])
  })

  it('is new in another browser, stays so at the next sign-in there, and is listed by when it was last seen', async () => {
    const { browser, email } = await app.person()
    const [own] = await devicesOf(browser)
    const other = app.browser({ userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0' })
    app.clock.advance(1)
    await app.signIn(other, email)
    app.clock.advance(1)
    await app.signIn(other, email)
    const [added, ...rest] = await devicesOf(other)
    expect(added).toMatchObject({ label: 'Firefox on Windows', isCurrent: true, confirmedAt: null, lastSeenAt: now() })
    expect(rest).toEqual([{ ...own, isCurrent: false }])
  })

  it('belongs to one account: the same browser is another device of another account', async () => {
    const [one, other] = [await app.person(), await app.person()]
    await app.signIn(one.browser, other.email)
    const devices = await devicesOf(one.browser)
    expect(devices.map(({ isCurrent, confirmedAt }) => ({ isCurrent, known: confirmedAt !== null }))).toEqual(
      expect.arrayContaining([
        { isCurrent: true, known: false },
        { isCurrent: false, known: true },
      ]),
    )
    const own = (await devicesOf(other.browser)).map(({ id }) => id).toSorted()
    expect(devices.map(({ id }) => id).toSorted()).toEqual(own)
  })

  it('is recognised by the key of an app without cookies, and not without it', async () => {
    const { sessionToken, account } = await app.signUp(app.program(), { transport: 'TOKEN', deviceKey: KEY })
    const signIn = async (deviceKey?: string) => {
      const { sessionToken: token } = await app.signIn(app.program(), account.email, {
        transport: 'TOKEN',
        ...(deviceKey === undefined ? {} : { deviceKey }),
      })
      const current = await app.program(token ?? '').gql('{ account { currentSession { device { id } } } }')
      return current.data.account.currentSession.device?.id ?? null
    }
    const [device] = await devicesOf(app.program(sessionToken ?? ''))
    expect(device?.confirmedAt).toBe(now())
    expect(await signIn(KEY)).toBe(device?.id)
    expect(await signIn('x'.repeat(256))).not.toBe(device?.id)
    expect(await signIn()).toBeNull()
    expect(await devicesOf(app.program(sessionToken ?? ''))).toHaveLength(2)
  })

  it('takes a key of 22 to 256 base64url characters and nothing else', async () => {
    const { email } = await app.person()
    const attempt = (deviceKey: string) => app.trySignIn(app.program(), { email, transport: 'TOKEN', deviceKey })
    for (const key of ['x'.repeat(22), 'x'.repeat(256), 'Az09-_Az09-_Az09-_Az09'])
      expect((await attempt(key)).__typename).toBe('SignInPayload')
    for (const key of [
      '',
      'x'.repeat(21),
      'x'.repeat(257),
      `${'x'.repeat(22)}=`,
      `${'x'.repeat(22)}\n`,
      'é'.repeat(22),
      '\u0000'.repeat(22),
    ])
      expect(await attempt(key)).toMatchObject({
        __typename: 'InvalidInputError',
        message: expect.stringContaining('input.deviceKey'),
      })
  })

  it('becomes known where a sign-in proves an address or a second factor, and by no other', async () => {
    const { account, email } = await app.person()
    await app.settings({ sessions: { limit: 100 } })
    const known: string[] = []
    const proofs = [...Object.values(PROOFS), { ...PROOFS.PASSWORD, factors: ['PASSWORD', 'TOTP'] as const }]
    for (const [index, proof] of proofs.entries()) {
      const deviceKey = `a-key-of-an-app-number-${index}`
      await enterBy(app, account.id, proof, deviceKey)
      const { sessionToken } = await app.signIn(app.program(), email, { transport: 'TOKEN', deviceKey })
      const { data } = await app
        .program(sessionToken ?? '')
        .gql('{ account { currentSession { device { confirmedAt } } sessionAlerts(first: 1) { nodes { isNewDevice } } } }')
      const [alert] = data.account.sessionAlerts.nodes
      expect(alert.isNewDevice, proof.method).toBe(data.account.currentSession.device.confirmedAt === null)
      if (!alert.isNewDevice) known.push(proof.factors.join('+'))
    }
    expect(known).toEqual(['EMAIL', 'EMAIL', 'OAUTH', 'PASSWORD+TOTP'])
    await app.settings({ sessions: { limit: 10 } })
  })

  it('is never recognised by its address or user agent', async () => {
    const { browser, email } = await app.person()
    const twin = app.browser() // the same address, the same user agent
    await app.signIn(twin, email)
    expect(await devicesOf(browser)).toHaveLength(2)
  })
})

describe('forgetDevice', () => {
  const FORGET = `mutation ($id: ID!) { forgetDevice(input: { deviceId: $id }) { ... on ForgetDevicePayload {
    device { id label } endedSessions { id endReason device { id } } } } }`

  it('ends its sessions and no others, and the next sign-in there is new', async () => {
    const { browser, email, account } = await app.person()
    const other = app.browser()
    const { session } = await app.signIn(other, email)
    const [device] = (await devicesOf(other)).filter(({ isCurrent }) => isCurrent)
    const answer = await browser.gql(FORGET, { id: device?.id })
    expect(answer).toEqual({
      data: {
        forgetDevice: {
          device: { id: device?.id, label: device?.label },
          endedSessions: [{ id: session.id, endReason: 'REVOKED_BY_ACCOUNT', device: null }],
        },
      },
    })
    expect((await other.gql('{ account { id } signedOutReason }')).data).toEqual({
      account: null,
      signedOutReason: 'REVOKED_BY_ACCOUNT',
    })
    expect((await browser.gql('{ account { id } }')).data.account).toEqual({ id: account.id })
    expect(await devicesOf(browser)).toHaveLength(1)
    await app.signIn(other, email)
    const again = (await devicesOf(other)).find(({ isCurrent }) => isCurrent)
    expect(again?.id).not.toBe(device?.id)
    expect(again?.confirmedAt).toBeNull()
    expect((await browser.gql(FORGET, { id: device?.id })).errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  })

  it('of the current one signs out here and clears the cookie', async () => {
    const { browser, session } = await app.person()
    const [device] = await devicesOf(browser)
    const answer = await browser.gql(FORGET, { id: device?.id })
    expect(answer.data.forgetDevice.endedSessions).toEqual([{ id: session.id, endReason: 'REVOKED_BY_ACCOUNT', device: null }])
    expect(browser.jar.has('gatehouse')).toBe(false)
  })

  it('is NOT_FOUND for another’s device, a missing one and what is no id, byte for byte', async () => {
    const [person, stranger] = [await app.person(), await app.person()]
    const [foreign] = await devicesOf(stranger.browser)
    const bytes = async (id: string) => (await person.browser.post({ query: FORGET, variables: { id } })).text()
    const missing = await bytes(MISSING)
    expect(JSON.parse(missing)).toMatchObject({ data: { forgetDevice: null }, errors: [{ extensions: { code: 'NOT_FOUND' } }] })
    for (const id of [foreign?.id ?? '', 'nonsense', '', '\u0000', person.session.id]) expect(await bytes(id)).toBe(missing)
    expect(await devicesOf(stranger.browser)).toEqual([foreign])
    const guest = await app.browser().gql(FORGET, { id: foreign?.id })
    expect(guest.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    const key = await (await app.key('SESSIONS_WRITE', 'SESSIONS_READ')).gql(FORGET, { id: foreign?.id })
    expect(key.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  })
})

describe('node(id) of a device', () => {
  it('shows it to its owner and to a key with SESSIONS_READ; to nobody else', async () => {
    const [person, stranger] = [await app.person(), await app.person()]
    const [device] = await devicesOf(person.browser)
    const node = async (who: TestClient, id = device?.id) =>
      (await who.gql('query ($id: ID!) { node(id: $id) { __typename id ... on Device { sessions { nodes { id } } } } }', { id }))
        .data.node
    const found = { __typename: 'Device', id: device?.id, sessions: { nodes: [{ id: person.session.id }] } }
    expect(await node(person.browser)).toEqual(found)
    expect(await node(await app.key('SESSIONS_READ'))).toEqual(found)
    for (const who of [stranger.browser, app.browser(), await app.key('ACCOUNTS_READ')]) expect(await node(who)).toBeNull()
    expect(await node(person.browser, MISSING)).toBeNull()
  })
})
