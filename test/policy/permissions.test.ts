import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/kernel/viewer.ts'
import { hasScope, isAdmin, parseScope, SCOPES, type Scope } from '../../src/policy/permissions.ts'

const scopes = Object.keys(SCOPES) as Scope[] // the table's own keys

const person = (...labels: string[]): Viewer => ({
  kind: 'account',
  accountId: 'acc_1',
  sessionId: 'ses_1',
  rotation: 0,
  labels,
  authenticatedAt: null,
  via: 'COOKIE',
})

describe('a scope', () => {
  it.each(scopes)('%s is read as the schema and as the command line write it', (scope) => {
    expect(parseScope(scope)).toBe(scope)
    expect(parseScope(scope.toLowerCase().replace('_', ':'))).toBe(scope)
  })

  it.each(['', 'sessions', 'sessions:', 'sessions::read', ' SESSIONS_READ', 'ALL', '*', 'constructor', '__proto__', 'toString'])(
    'is not %j',
    (text) => expect(parseScope(text)).toBeNull(),
  )

  it('is had by a key that was given it, by every administrator, and by nobody else', () => {
    for (const scope of scopes) {
      expect(hasScope({ kind: 'apiKey', keyId: 'key_1', scopes: [scope] }, scope)).toBe(true)
      expect(hasScope({ kind: 'apiKey', keyId: 'key_1', scopes: scopes.filter((other) => other !== scope) }, scope)).toBe(false)
      expect(hasScope(person('admin'), scope)).toBe(true)
      expect(hasScope(person('Admin', 'admins', scope), scope)).toBe(false)
      expect(hasScope({ kind: 'guest', signedOutReason: null }, scope)).toBe(false)
    }
  })

  it('comes with the label admin, spelt exactly so', () => {
    expect(isAdmin(['staff', 'admin'])).toBe(true)
    expect(isAdmin(['ADMIN', 'admin '])).toBe(false)
  })
})
