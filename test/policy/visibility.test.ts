import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import type { Membership } from '../../src/features/membership/membership.ts'
import type { Viewer } from '../../src/kernel/viewer.ts'
import {
  DETAILS,
  isMembershipView,
  type MembershipDetail,
  type MembershipView,
  onlookerOf,
  PARTS,
  viewMembership,
} from '../../src/policy/visibility.ts'

const membership: Membership = {
  id: 'mem_1',
  teamId: 'tea_1',
  accountId: 'acc_bob',
  roles: ['ringer'],
  status: 'ACTIVE',
  invitedAt: new Date(0),
  joinedAt: new Date(1),
  inviterId: 'acc_ann',
  invitedPhone: '+14155552671',
  userName: 'Bob',
  userEmail: 'bob@example.com',
  mfa: true,
}

const person = (accountId: string, ...labels: string[]): Viewer => ({
  kind: 'account',
  accountId,
  sessionId: 'ses_1',
  rotation: 0,
  labels,
  authenticatedAt: null,
  via: 'COOKIE',
})

const key = (...scopes: string[]): Viewer => ({ kind: 'apiKey', keyId: 'key_1', scopes })

/** Every set of private details. */
const SETTINGS = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => DETAILS.filter((_, index) => (bits >> index) & 1))

type Row = readonly [name: string, viewer: Viewer, roles: readonly string[] | null, seesAll: 'ALWAYS' | 'IF_OWNERS_DO' | 'NEVER']

const VIEWERS: readonly Row[] = [
  ['the member himself', person('acc_bob'), ['ringer'], 'ALWAYS'],
  ['the member himself before he accepts', person('acc_bob'), null, 'ALWAYS'],
  ['an administrator', person('acc_eve', 'admin'), null, 'ALWAYS'],
  ['a key with MEMBERSHIPS_READ', key('MEMBERSHIPS_READ'), null, 'ALWAYS'],
  ['an owner', person('acc_ann'), ['owner'], 'IF_OWNERS_DO'],
  ['another member', person('acc_cid'), ['ringer', 'Owner', 'owners'], 'NEVER'],
  ['a member without a role', person('acc_cid'), [], 'NEVER'],
  ['a key with every other scope', key('TEAMS_READ', 'TEAMS_WRITE', 'ACCOUNTS_READ', 'ACCOUNTS_WRITE'), null, 'NEVER'],
  ['a guest', { kind: 'guest', signedOutReason: null }, null, 'NEVER'],
]

/** Written by hand, apart from the table. */
const VALUES: Readonly<Record<MembershipDetail, readonly [keyof MembershipView, unknown]>> = {
  USER_NAME: ['userName', 'Bob'],
  USER_EMAIL: ['userEmail', 'bob@example.com'],
  MFA: ['mfa', true],
}

describe('a view', () => {
  it.each(VIEWERS)('shows %s each detail or says that it is hidden, by every setting', (_name, viewer, roles, seesAll) => {
    for (const hidden of SETTINGS)
      for (const ownersSeeAll of [false, true]) {
        const view = viewMembership(viewer, roles, { private: hidden, ownersSeeAll }, membership)
        const withheld = seesAll === 'ALWAYS' || (seesAll === 'IF_OWNERS_DO' && ownersSeeAll) ? [] : hidden
        expect(view.hidden).toEqual(withheld)
        for (const detail of DETAILS) {
          const [part, value] = VALUES[detail]
          expect(view[part], `${detail} ${hidden} ${ownersSeeAll}`).toBe(withheld.includes(detail) ? null : value)
        }
      }
  })

  it('tells nobody who invited, and by which number', () => {
    for (const [, viewer, roles] of VIEWERS) {
      const text = JSON.stringify(viewMembership(viewer, roles, { private: [], ownersSeeAll: true }, membership))
      expect(text).not.toContain('acc_ann')
      expect(text).not.toContain('14155552671')
    }
  })

  it('names the account to itself and to whom may read accounts, and to nobody else', () => {
    const named = VIEWERS.filter(
      ([, viewer, roles]) => viewMembership(viewer, roles, { private: [], ownersSeeAll: true }, membership).accountId !== null,
    ).map(([name]) => name)
    expect(named).toEqual([
      'the member himself',
      'the member himself before he accepts',
      'an administrator',
      'a key with every other scope',
    ])
  })

  it('is not the viewer’s own where nobody has accepted the invitation, nor for a key', () => {
    const unclaimed = { ...membership, accountId: null }
    for (const viewer of [person('acc_bob'), key(), { kind: 'guest', signedOutReason: null } as const])
      expect(viewMembership(viewer, null, { private: DETAILS, ownersSeeAll: true }, unclaimed)).toMatchObject({
        isViewer: false,
        hidden: DETAILS,
      })
    expect(onlookerOf(key('TEAMS_WRITE'), null)).toBe('OTHER')
  })

  it('is made here only: neither what it was made of nor a copy of it passes for one', () => {
    const view = viewMembership(person('acc_cid'), [], { private: [], ownersSeeAll: false }, membership)
    expect(isMembershipView(view)).toBe(true)
    for (const forged of [membership, { ...view }, Object.create(view), JSON.parse(JSON.stringify(view)), null, 'mem_1'])
      expect(isMembershipView(forged)).toBe(false)
    expect(() => Object.assign(view, { userName: 'x' })).toThrow(TypeError)
    expect(Object.keys(PARTS).toSorted()).toEqual(Object.keys(membership).toSorted())
  })
})

describe('the compiler', () => {
  /** What it says of a file, one line of it each. */
  const complaints = (path: string, text: string): readonly number[] => {
    const options = ts.parseJsonConfigFileContent(ts.readConfigFile('tsconfig.json', ts.sys.readFile).config, ts.sys, '.').options
    const host = ts.createCompilerHost(options)
    const read = host.getSourceFile
    host.getSourceFile = (name, ...rest) =>
      name.endsWith(path) ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true) : read(name, ...rest)
    const program = ts.createProgram([path], options, host)
    const source = program.getSourceFile(path)
    return ts
      .getPreEmitDiagnostics(program, source)
      .map(({ start }) => source?.getLineAndCharacterOfPosition(start ?? 0).line ?? -1)
  }

  it('refuses a membership that nobody has masked wherever a view is asked for', { timeout: 60_000 }, () => {
    const path = 'test/policy/visibility.types.ts'
    const text = readFileSync(path, 'utf8')
    expect(complaints(path, text)).toEqual([])
    const unexpected = text.replaceAll('@ts-expect-error', '')
    const expected = [...text.matchAll(/@ts-expect-error/g)].map(({ index }) => text.slice(0, index).split('\n').length)
    expect(expected).toHaveLength(6)
    expect(complaints(path, unexpected)).toEqual(expected)
  })
})
