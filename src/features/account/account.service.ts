/** Accounts: made, read, changed. What signs them in stands in other rooms. */
import { notFound, refuseField, unauthenticated } from '../../kernel/errors.ts'
import type { MakeId } from '../../kernel/ids.ts'
import { type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { LIFETIMES, SIZES } from '../../policy/bounds.ts'
import { textProblem } from '../../policy/text.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import { actorOf } from '../event/event.ts'
import * as store from './account.store.ts'
import { type Account, type AccountChange, type AccountFilter, checkChange } from './account.ts'
import type { VersionService } from './version.service.ts'

export type AccountService = ReturnType<typeof accountService>

export type NewAccount = Readonly<{ email: string; name: string | null; locale: string | null; labels: readonly string[] }>

type Needs = Readonly<{ db: Database; clock: Clock; makeId: MakeId; events: EventService; versioning: VersionService }>

const checkFilter = (filter: AccountFilter): AccountFilter => {
  for (const name of ['search', 'email', 'label'] as const) {
    const message = filter[name] == null ? null : textProblem(filter[name], name === 'email' ? SIZES.email : SIZES.search)
    if (message !== null) refuseField(`filter.${name}`, message)
  }
  return filter
}

export const accountService = ({ db, clock, makeId, events, versioning }: Needs) => ({
  /** @throws EmailTaken */
  create: async (tx: Tx, account: NewAccount, by: 'SIGN_UP' | 'COMMAND_LINE', ip: string | null): Promise<Account> => {
    const created = await store.insert(tx, { ...account, id: makeId('Account'), createdAt: clock.now() })
    await events.record(tx, {
      type: 'account.created',
      actor: by === 'SIGN_UP' ? { kind: 'ACCOUNT', id: created.id } : { kind: 'SYSTEM', id: null },
      accountId: created.id,
      subjectId: created.id,
      ip,
      details: { by },
    })
    return created
  },

  /** @param email in its normal form. */
  byEmail: (tx: BareTx, email: string): Promise<Account | null> => store.findByEmail(tx, email),

  inTransaction: (tx: Tx, id: string): Promise<Account | null> => store.find(tx, id),

  /** One change at a time to an account and its sessions; the security settings stay as they are until it is done. */
  lock: (tx: BareTx, id: string): Promise<Account | null> => store.lock(tx, id),

  /** @param skipLocked leave out the ones that somebody else has. @returns the ones that are locked now. */
  lockMany: (tx: BareTx, ids: readonly string[], skipLocked: boolean): Promise<readonly string[]> =>
    store.lockMany(tx, ids, skipLocked),

  /** Called in the transaction that opens a session: notes the first one ever, and takes back a deletion that was asked for. */
  signedIn: async (tx: BareTx, account: Account, source: Source): Promise<void> => {
    if (account.firstSessionAt !== null && account.deletesAt === null) return
    await store.signedIn(tx, account.id, clock.now())
    if (account.deletesAt === null) return
    await events.record(tx, {
      type: 'account.deletion-cancelled',
      actor: { kind: 'ACCOUNT', id: account.id },
      accountId: account.id,
      subjectId: account.id,
      ip: source.ip,
      details: {},
    })
  },

  /** Makes the next sign-in with a password go through recovery. */
  requirePasswordReset: async (tx: Tx, id: string): Promise<void> =>
    void (await store.mark(tx, id, { passwordResetRequired: true })),

  /** A link gave the account a new password. @param proven whether it came by the account's address. The account must be locked. */
  recovered: async (tx: Tx, account: Account, proven: boolean): Promise<void> => {
    const isFirst = proven && account.emailVerifiedAt === null
    await store.mark(tx, account.id, { passwordResetRequired: false, ...(isFirst ? { emailVerifiedAt: clock.now() } : {}) })
    await versioning.outdate(tx, [account.id])
  },

  /** The address of an account that nobody else knows of yet was proven. */
  proven: (tx: Tx, { id }: Account): Promise<Account> => store.mark(tx, id, { emailVerifiedAt: clock.now() }),

  /** The account must be locked. */
  label: async (tx: Tx, account: Account, label: string): Promise<Account> => {
    if (account.labels.includes(label)) return account
    await versioning.outdate(tx, [account.id])
    await events.record(tx, {
      type: 'account.updated',
      actor: { kind: 'SYSTEM', id: null },
      accountId: account.id,
      subjectId: account.id,
      ip: null,
      details: { fields: ['labels'] },
    })
    return store.mark(tx, account.id, { labels: [...account.labels, label] })
  },

  /** At most a page of them, newest first. */
  labelled: async (label: string): Promise<readonly Account[]> =>
    (await store.page(db.read, windowOf({}, 2), { label })).edges.map((edge) => edge.node),

  deleteAt: async (tx: Tx, id: string, deletesAt: Date): Promise<void> => void (await store.mark(tx, id, { deletesAt })),

  /** With everything it owned but its sessions, which must be ended and erased. The account must be locked. */
  remove: (tx: Tx, id: string): Promise<void> => store.remove(tx, id, clock.now()),

  /** Removes what is left of accounts that were deleted 30 days ago. */
  removeTombstones: (): Promise<void> => store.removeTombstones(db.read, after(clock.now(), -LIFETIMES.accountTombstone)),

  dueForDeletion: (take: number): Promise<readonly string[]> => store.dueForDeletion(db.read, clock.now(), take),

  /** @returns null for what is missing and for what the viewer may not see. */
  find: async (viewer: Viewer, id: string): Promise<Account | null> =>
    decide('account.read', viewer, { ownerId: id }, NO_FRESHNESS) === null ? store.find(db.read, id) : null,

  /** For edges: only those the viewer may read, in the order of `ids`. */
  byIds: async (viewer: Viewer, ids: readonly string[]): Promise<readonly (Account | null)[]> => {
    const readable = ids.filter((id) => decide('account.read', viewer, { ownerId: id }, NO_FRESHNESS) === null)
    const found = new Map(
      (readable.length === 0 ? [] : await store.findMany(db.read, readable)).map((account) => [account.id, account]),
    )
    return ids.map((id) => found.get(id) ?? null)
  },

  /** Newest first. @throws FORBIDDEN without the scope. */
  list: async (viewer: Viewer, args: PageArgs, filter: AccountFilter): Promise<Page<Account>> => {
    permit('account.list', viewer, { ownerId: null }, NO_FRESHNESS)
    return store.page(db.read, windowOf(args, 2), checkFilter(filter))
  },

  /** @throws InvalidInput with every field that is not acceptable. */
  update: async (viewer: Viewer, source: Source, change: AccountChange): Promise<Account> => {
    if (viewer.kind !== 'account') throw unauthenticated(viewer.kind === 'guest' ? viewer.signedOutReason : null)
    const checked = checkChange(change)
    return db.transaction(async (tx) => {
      const account = await store.lock(tx, viewer.accountId)
      if (account === null) throw notFound()
      if (Object.keys(checked).length === 0) return account
      const updated = await store.update(tx, account.id, checked)
      await versioning.outdate(tx, [account.id])
      await events.record(tx, {
        type: 'account.updated',
        actor: actorOf(viewer),
        accountId: account.id,
        subjectId: account.id,
        ip: source.ip,
        details: { fields: Object.keys(checked) },
      })
      return updated
    })
  },
})
