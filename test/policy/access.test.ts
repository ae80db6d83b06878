import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/kernel/viewer.ts'
import { ACTIONS, type Action, type ActionName, decide, gate, permit, type Resource } from '../../src/policy/access.ts'
import { ADMIN_LABEL, SCOPES } from '../../src/policy/permissions.ts'
import { testClock } from '../support/clock.ts'

const actions = Object.keys(ACTIONS) as ActionName[] // the table's own keys
const now = testClock().now()
const freshness = { now, maxAgeSeconds: 600 }

const person = (accountId: string, ageSeconds: number | null, ...labels: string[]): Viewer => ({
  kind: 'account',
  accountId,
  sessionId: 'ses_1',
  rotation: 0,
  labels,
  authenticatedAt: ageSeconds === null ? null : new Date(now.getTime() - ageSeconds * 1000),
  via: 'COOKIE',
})

const guest: Viewer = { kind: 'guest', signedOutReason: null }
const key = (...scopes: string[]): Viewer => ({ kind: 'apiKey', keyId: 'key_1', scopes })

/** Every scope but the one the action needs: proof that no other opens the door. */
const otherScopes = (action: Action) => Object.keys(SCOPES).filter((scope) => scope !== action.needs)

const ofAnn: Resource = { ownerId: 'ann', ownerIsAdmin: false }
const ofAdmin: Resource = { ownerId: 'admin', ownerIsAdmin: true }
const ofNobody: Resource = { ownerId: null }

type Column = readonly [name: string, viewer: (action: Action) => Viewer, resource: Resource]

/** Who asks, how fresh, about whose thing. */
const COLUMNS: readonly Column[] = [
  ['guest', () => guest, ofAnn],
  ['owner', () => person('ann', 1), ofAnn],
  ['.stale', () => person('ann', 601), ofAnn],
  ['.unproven', () => person('ann', null), ofAnn],
  ['stranger', () => person('bob', 1), ofAnn],
  ['.nobody’s', () => person('bob', 1), ofNobody],
  ['admin', () => person('admin', 1, ADMIN_LABEL), ofAnn],
  ['.stale', () => person('admin', 601, ADMIN_LABEL), ofAnn],
  ['.stale, own', () => person('admin', 601, ADMIN_LABEL), ofAdmin],
  ['.nobody’s', () => person('admin', 601, ADMIN_LABEL), ofNobody],
  ['key', ({ needs }) => key(needs ?? 'none'), ofAnn],
  ['.admin’s', ({ needs }) => key(needs ?? 'none'), ofAdmin],
  ['.nobody’s', ({ needs }) => key(needs ?? 'none'), ofNobody],
  ['.other scopes', (action) => key(...otherScopes(action)), ofAnn],
]

const SHORT: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'sign in',
  NOT_FOUND: 'hidden',
  FORBIDDEN: 'no',
  REAUTHENTICATION_REQUIRED: 'prove',
}

const answer = (code: string | undefined): string => (code === undefined ? 'yes' : (SHORT[code] ?? code))

describe('an action', () => {
  it('is decided as the matrix says, for everybody', () => {
    const line = (cells: readonly string[]) =>
      cells
        .map((cell, index) => cell.padEnd(index === 0 ? 16 : 10))
        .join(' ')
        .trimEnd()
    const rows = actions.map((name) =>
      line([
        name,
        ...COLUMNS.map(([, viewer, resource]) => answer(decide(name, viewer(ACTIONS[name]), resource, freshness)?.code)),
      ]),
    )
    expect(`\n${[line(['', ...COLUMNS.map(([column]) => column)]), ...rows].join('\n')}\n`).toMatchSnapshot()
  })

  it.each(actions)('%s is never done by a guest, by a key with every other scope, or by a stranger without the label', (name) => {
    expect(decide(name, guest, ofAnn, freshness)?.code).toBe('UNAUTHENTICATED')
    expect(decide(name, person('bob', 1), ofAnn, freshness)?.code).toBe(ACTIONS[name].else)
    expect(decide(name, person('bob', 1, 'Admin', 'administrator', ' admin'), ofAnn, freshness)?.code).toBe(ACTIONS[name].else)
    expect(decide(name, key(...otherScopes(ACTIONS[name])), ofAnn, freshness)?.code).toBe(ACTIONS[name].else)
  })

  it.each(actions)('%s is not refused by the gate to anybody whom the decision allows', (name) => {
    for (const [, viewer, resource] of COLUMNS) {
      const who = viewer(ACTIONS[name])
      if (decide(name, who, resource, freshness) === null) expect(gate(name, who)).toBeNull()
    }
  })

  it('tells a guest why he is one', () => {
    const reported: Viewer = { kind: 'guest', signedOutReason: 'REPORTED' }
    expect(decide('session.read', reported, ofAnn, freshness)?.data).toEqual({ reason: 'REPORTED' })
    expect(gate('session.read', reported)?.data).toEqual({ reason: 'REPORTED' })
  })

  it('hides a thing of somebody else exactly as a thing that is not there', () => {
    const [hidden, missing] = [ofAnn, ofNobody].map((resource) => decide('session.read', person('bob', 1), resource, freshness))
    expect(hidden?.code).toBe('NOT_FOUND')
    expect({ ...hidden, message: hidden?.message }).toEqual({ ...missing, message: missing?.message })
  })

  it('takes a proof of exactly the greatest age and none that is a millisecond older', () => {
    const at = (age: number) => decide('account.delete', person('ann', age), ofAnn, freshness)
    expect(at(600)).toBeNull()
    expect(at(600.001)?.code).toBe('REAUTHENTICATION_REQUIRED')
    expect(at(600.001)?.data).toEqual({ maxAgeSeconds: 600 })
  })

  it('is thrown by permit when it is refused', () => {
    expect(() => permit('session.read', person('ann', null), ofAnn, freshness)).not.toThrow()
    expect(() => permit('session.read', person('bob', 1), ofAnn, freshness)).toThrow('There is no such thing')
  })
})

describe('a key', () => {
  it('makes no keys, with whatever scopes', () => {
    const all = key(...Object.keys(SCOPES))
    expect(gate('apiKey.create', all)?.code).toBe('FORBIDDEN')
    expect(decide('apiKey.create', all, ofNobody, freshness)?.code).toBe('FORBIDDEN')
  })

  it('ends no session and no account of an operator, and does so for others', () => {
    const all = key(...Object.keys(SCOPES))
    for (const name of ['session.revoke', 'account.delete'] as const) {
      expect(decide(name, all, ofAdmin, freshness)?.code).toBe('FORBIDDEN')
      expect(decide(name, all, ofAnn, freshness)).toBeNull()
    }
  })

  it('owns nothing, not even what has its own id', () => {
    expect(decide('account.update', key(...Object.keys(SCOPES)), { ownerId: 'key_1' }, freshness)?.code).toBe('NOT_FOUND')
  })
})
