/** What the README says is true: its examples run, its commands exist, its tables are the code's own. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { type Results, withResults } from '../bench/kit/report.ts'
import { ROWS } from '../bench/rows.ts'
import { parseConfig, VARIABLES } from '../src/config.ts'
import { checkTexts } from '../src/features/message/texts/check.ts'
import { compose } from '../src/features/message/texts/compose.ts'
import { schema } from '../src/graphql/schema.ts'
import { ERROR_CODES } from '../src/kernel/errors.ts'
import {
  CALIBRATION,
  HASH_QUEUE,
  IMPORTS,
  LIFETIMES,
  PASSWORD_LENGTH,
  SETTING_BOUNDS,
  TRANSPORT_LIMITS,
} from '../src/policy/bounds.ts'
import { ALLOWANCE, LIMITS } from '../src/policy/limits.ts'
import { testApp } from './support/app.ts'

const README = readFileSync('README.md', 'utf8')

const blocks = (language: string): string[] =>
  [...README.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] ?? '')

/** The rows of the table whose header begins with this cell. */
const table = (header: string): string[][] => {
  const text = new RegExp(`^\\| ${header} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, 'm').exec(README)?.[1] ?? ''
  return text
    .trim()
    .split('\n')
    .map((row) => row.slice(1, -1).split('|'))
    .map((cells) => cells.map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')))
}

const text = (value: number): string => value.toLocaleString('en-US')

/** The example of that operation name. */
const example = (name: string): string =>
  blocks('graphql').find((block) => new RegExp(`^\\w+ ${name}\\b`).test(block)) ?? `no ${name} in the README`

describe('the examples of the README', async () => {
  const app = await testApp({ env: { ALLOWED_REDIRECTS: 'http://localhost:4000/recover,http://localhost:4000/email/verify' } })
  const browser = app.browser()

  it('are valid against the schema', () => {
    expect(blocks('graphql')).toHaveLength(19)
    for (const block of blocks('graphql')) expect(validate(schema, parse(block)), block).toEqual([])
  })

  it('run from the first to the last as they stand', async () => {
    const signUp = await browser.gql(example('SignUp'))
    expect(signUp.data.signUp).toMatchObject({ __typename: 'SignInPayload', account: { email: 'ada@example.com' } })
    const { data } = await app.browser().gql(example('Strength'))
    expect(data.passwordStrength).toMatchObject({ acceptable: false, score: 1, violations: [{ rule: 'PERSONAL_DATA' }] })
    const alerts = await app.subscribe(browser, example('Alerts'))
    const elsewhere = app.browser()
    const signIn = await elsewhere.gql(example('SignIn'))
    expect(signIn.data.signInWithPassword.__typename).toBe('SignInPayload')
    const { id, isNewDevice } = (await alerts.next())?.data.sessionAlerts ?? {}
    expect(isNewDevice).toBe(true)
    const me = await browser.gql(example('Me'))
    expect(me).toMatchObject({
      data: { account: { email: 'ada@example.com', sessions: { totalCount: 2 } }, signedOutReason: null },
    })
    const report = await browser.gql(example('Report'), { alertId: id })
    expect(report.data.reportSessionAlert).toMatchObject({
      __typename: 'ReportSessionAlertPayload',
      endedSessions: [{ id: signIn.data.signInWithPassword.session.id, endReason: 'REPORTED' }],
    })
    expect((await elsewhere.gql(example('Me'))).data).toEqual({ account: null, signedOutReason: 'REPORTED' })
    const verification = await browser.gql(example('SendVerification'))
    expect(verification.data.sendEmailVerification).toMatchObject({ sentTo: 'ada@example.com' })
    const operator = await app.key('ACCOUNTS_WRITE') // who lifts what the report asked for
    await operator.gql(
      'mutation ($id: ID!) { updateAccountAsOperator(input: { accountId: $id, requirePasswordReset: false }) { __typename } }',
      { id: signUp.data.signUp.account.id },
    )
    const again = await browser.gql(example('Reauthenticate'))
    expect(again.data.reauthenticate.__typename).toBe('ReauthenticatePayload')
    const change = await browser.gql(example('ChangePassword'))
    expect(change.data.changePassword).toMatchObject({ __typename: 'ChangePasswordPayload', endedSessions: [] })
    const moved = await browser.gql(example('ChangeEmail'))
    expect(moved.data.changeEmail.account).toEqual({ email: 'ada@example.com', pendingEmail: 'ada@new.example.com' })
    const tokenOfNewest = async () => /token=([\w-]{43})/.exec((await app.app.messages.newest(1))[0]?.text ?? '')?.[1]
    const proof = 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { __typename } }'
    await browser.gql(proof, { token: await tokenOfNewest() })
    const undo = await app.browser().gql(example('UndoChange'), { token: await tokenOfNewest() })
    expect(undo.data.undoChange).toEqual({ __typename: 'UndoChangePayload', endedSessions: 1, passwordResetRequired: true })
    const recovery = await app.browser().gql(example('Recover'))
    expect(recovery.data.requestPasswordRecovery).toMatchObject({ sentTo: 'ada@example.com' })
  })

  it('make a team, fill it and show it', async () => {
    const [owner, bea] = [app.browser(), app.browser()]
    await app.signUp(owner, { email: 'owner@example.com' })
    const made = await owner.gql(example('CreateTeam'))
    expect(made.data.createTeam).toMatchObject({ __typename: 'CreateTeamPayload', team: { viewerRoles: ['owner'] } })
    const teamId = made.data.createTeam.team.id
    const changes = await app.subscribe(owner, example('MemberChanges'), { teamId })
    const invited = await owner.gql(example('Invite'), { teamId })
    expect(invited.data.inviteMember).toMatchObject({ __typename: 'InviteMemberPayload', membership: { status: 'INVITED' } })
    const token = /token=([\w-]{43})/.exec((await app.app.messages.newest(1))[0]?.text ?? '')?.[1]
    const invitation = await bea.gql(example('Invitation'), { token })
    expect(invitation.data.invitation).toMatchObject({
      teamName: 'Engineering',
      roles: ['developer'],
      email: 'bea@example.com',
      invitedBy: null,
      needsAccount: true,
    })
    const accepted = await bea.gql(example('Accept'), { token })
    expect(accepted.data.acceptInvitation).toMatchObject({
      __typename: 'AcceptInvitationPayload',
      membership: { roles: ['developer'] },
      signIn: { account: { email: 'bea@example.com' } },
    })
    expect((await owner.gql(example('Members'), { teamId })).data.node).toMatchObject({
      name: 'Engineering',
      memberships: {
        totalCount: 2,
        nodes: [
          { userName: null, hidden: ['USER_NAME', 'USER_EMAIL', 'MFA'] },
          { isViewer: true, hidden: [] },
        ],
      },
    })
    const kinds = [await changes.next(), await changes.next()].map((change) => change?.data.memberships.kind)
    expect(kinds).toEqual(['INVITED', 'JOINED'])
  })

  it('replace the words of a mail', () => {
    const { overrides, problems } = checkTexts([{ name: 'en.json', text: blocks('json').join('') }])
    expect(problems).toEqual([])
    const data = { name: null, url: 'https://id.example.com/recover?token=t', minutes: 60 }
    const { subject, text } = compose('password-recovery', 'en', data, overrides)
    expect(subject).toBe('Acme: set a new password')
    expect(text).toMatch(/^Acme\n.*The link works once, for 60 minutes\.\n.*Your password stays as it\s/s)
    expect(compose('password-recovery', 'ja', data, overrides).text).toMatch(/^Acme\n/)
  })

  it('give an app a token, and with it the official client hears of the next sign-in', async () => {
    const email = 'grace@example.com'
    await app.signUp(app.browser(), { email })
    const body = /-d '(.+)'$/m.exec(blocks('sh').join(''))?.[1] ?? ''
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body.replace('ada@example.com', email),
    })
    const TOKEN = (await response.json()).data.signInWithPassword.sessionToken
    expect(TOKEN).toMatch(/^gst_/)
    const [program = ''] = blocks('js')
    const source = program.replace('ws://localhost:4000', app.url.replace('http', 'ws'))
    const before = app.app.listening()
    const child = spawn(process.execPath, ['--input-type=module', '-e', source], { env: { ...process.env, TOKEN } })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
    try {
      await expect.poll(() => app.app.listening() - before || printed, { timeout: 15_000 }).toBe(2)
      await app.signIn(app.browser(), email)
      await expect.poll(() => printed, { timeout: 5_000 }).toContain('isNewDevice: true')
    } finally {
      child.kill()
    }
  })
})

describe('the commands of the README', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const commands = [...blocks('sh').flatMap((block) => block.split('\n')), ...table('command').map(([command]) => command ?? '')]

  it('name scripts that exist', () => {
    const named = commands.flatMap((line) => /\bnpm (?:run )?([\w:-]+)/.exec(line)?.[1] ?? []).filter((name) => name !== 'ci')
    expect(named).toContain('demo')
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named))
  })

  it('name commands and options of the command line', () => {
    const cli = readFileSync('src/cli.ts', 'utf8')
    const lines = commands.flatMap((line) => /^npx gatehouse (.+)/.exec(line)?.[1] ?? [])
    const known = [
      'start',
      'migrate',
      'create-admin',
      'create-key',
      'import',
      'calibrate',
      'verify-events',
      'build-breach-filter',
    ]
    expect([...new Set(lines.map((line) => line.split(' ')[0]))].toSorted()).toEqual(known.toSorted())
    for (const line of lines) {
      expect(cli).toMatch(new RegExp(`meta: \\{\\s+name: '${line.split(' ')[0]}'`))
      for (const option of line.match(/(?<=--)[\w-]+/g) ?? []) expect(cli.replaceAll("'", '')).toContain(`${option}: {`)
    }
  })
})

describe('the tables of the README', () => {
  it('list every error code with its kind and meaning', () => {
    expect(table('code')).toEqual(Object.entries(ERROR_CODES).map(([code, { kind, meaning }]) => [code, kind, meaning]))
  })

  it('list every variable of the configuration, and its default where it has one', () => {
    const rows = table('variable')
    expect(rows.map(([name]) => name).toSorted()).toEqual([...VARIABLES].toSorted())
    const spoken = Object.fromEntries(rows.map(([name, value]) => [name, value]))
    const { port, dataDir, cookieSameSite, devClock, maxSocketsPerIp, logLevel } = parseConfig({})
    expect(spoken).toMatchObject({
      PORT: String(port),
      DATA_DIR: dataDir,
      COOKIE_SAME_SITE: cookieSameSite,
      DEV_CLOCK: String(devClock),
      MAX_SOCKETS_PER_IP: String(maxSocketsPerIp),
      LOG_LEVEL: logLevel,
    })
  })

  it('list the variables that production needs', () => {
    const needed = table('variable').flatMap(([name = '', , says = '']) => (says.includes('Needed in production') ? [name] : []))
    const complete = {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://id.example.com',
      DATABASE_URL: 'postgres://db/gatehouse',
      REDIS_URL: 'redis://redis',
      ENCRYPTION_KEYS: `a:${Buffer.alloc(32).toString('base64')}`,
    }
    expect(['NODE_ENV', ...needed].toSorted()).toEqual(Object.keys(complete).toSorted())
    expect(parseConfig(complete).production).toBe(true)
    for (const name of needed) expect(() => parseConfig({ ...complete, [name]: '' }), name).toThrow(name)
  })

  it('give the bounds of every setting', () => {
    const bounds = Object.entries(SETTING_BOUNDS).map(([name, { min, max, default: usual }]) => [
      name,
      ...[min, max, usual].map(text),
    ])
    expect(table('setting')).toEqual(bounds)
  })

  it('say what may be tried, and what a known device gets', () => {
    const known = { OWN: 'as many for itself', SHARED: 'as many for all of them', NOT_COUNTED: 'not counted', SAME: 'the same' }
    const rows = Object.entries(LIMITS).map(([name, { points, windowSeconds, knownDevice }]) => [
      name,
      text(points),
      text(windowSeconds),
      known[knownDevice],
    ])
    expect(table('attempts').map(([name, points, seconds, , device]) => [name, points, seconds, device])).toEqual(rows)
    expect(README).toMatch(
      new RegExp(`${ALLOWANCE.points} attempts in\\s+${ALLOWANCE.windowSeconds} seconds an account and node`),
    )
  })

  it('give every limit of the transport and every lifetime', () => {
    const rows = (numbers: Readonly<Record<string, number>>) =>
      Object.entries(numbers).map(([name, value]) => [name, text(value)])
    expect(table('limit').map((row) => row.slice(0, 2))).toEqual(rows(TRANSPORT_LIMITS))
    expect(table('thing').map((row) => row.slice(0, 2))).toEqual(rows(LIFETIMES))
    expect(README).toContain(`Past ${HASH_QUEUE} that wait`)
    expect(README).toContain(`Without options ${CALIBRATION.targetMs.default} ms and ${text(CALIBRATION.memoryKiB)} KiB`)
    const { keyBytes, ...numbers } = IMPORTS
    const flat = { ...numbers, 'keyBytes.min': keyBytes.min, 'keyBytes.max': keyBytes.max }
    expect(Object.fromEntries(table('import').map(([name, value]) => [name, value]))).toEqual(Object.fromEntries(rows(flat)))
    expect(README).toContain(`A password has ${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters`)
  })
})

describe('the table of the bench', () => {
  const results: Results = JSON.parse(readFileSync('bench/results.json', 'utf8'))

  it.each(['README.md', 'docs/performance.md'])('in %s is what the last whole run measured', (path) => {
    const page = readFileSync(path, 'utf8')
    expect(page).toBe(withResults(page, results))
    const changed = results.rows.map((row) => ({ ...row, met: !row.met }))
    expect(page).not.toBe(withResults(page, { ...results, rows: changed })) // somebody looks at it
  })

  it('holds no row that is not measured any more, and each once', () => {
    const ids = ROWS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(results.rows.map(({ id }) => id)))
  })
})
