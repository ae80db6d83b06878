/** The copy of a session that stands in Redis: what it holds, and that one of another shape is not read. */
import { describe, expect, it } from 'vitest'
import { decodeCopy, encodeCopy, type Presented } from '../../../src/features/session/copy.ts'
import { testApp } from '../../support/app.ts'

const app = await testApp()
const { account, session } = await app.person({ name: 'Ada' })
const { db } = app.app

const presented = async (): Promise<Presented> => {
  const { version: _, deletedAt: __, ...facts } = await db.read.account.findUniqueOrThrow({ where: { id: account.id } })
  const { tokenHash, handoverHash, handoverExpiresAt, ...rest } = await db.read.session.findUniqueOrThrow({
    where: { id: session.id },
  })
  return { session: rest, account: facts as Presented['account'], hasHandover: false }
}

/** The fields of a copy of the shape that is written now: whoever changes them gives the shape another number, and changes both here. */
const SHAPE = 2
const ACCOUNT_FIELDS = [
  'id',
  'email',
  'emailVerifiedAt',
  'pendingEmail',
  'phone',
  'phoneVerifiedAt',
  'name',
  'locale',
  'preferences',
  'labels',
  'wantsSessionAlerts',
  'sessionLimit',
  'blockReason',
  'blockedAt',
  'passwordResetRequired',
  'createdAt',
  'firstSessionAt',
  'deletesAt',
]

describe('a copy', () => {
  it('comes out as it went in, and its fields are those of its shape', async () => {
    const given = await presented()
    const text = encodeCopy(given) ?? ''
    expect(decodeCopy(text)).toEqual({ ...given, shape: SHAPE })
    expect(Object.keys(JSON.parse(text).account).toSorted()).toEqual(ACCOUNT_FIELDS.toSorted())
  })

  it('of an earlier version, which knew no phone, is not taken for an account without one', async () => {
    const { shape: _, ...older } = JSON.parse(encodeCopy(await presented()) ?? '')
    expect(decodeCopy(JSON.stringify(older))).toBeNull()
    expect(decodeCopy(JSON.stringify({ ...older, shape: SHAPE + 1 }))).toBeNull()
  })
})
