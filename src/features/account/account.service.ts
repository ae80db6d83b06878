/** Accounts: made, read, locked, marked. What signs them in stands in other rooms. */
import { refuseField } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { MakeId } from '../../kernel/ids.ts'
import { type Page, type PageArgs, windowOf } from '../../kernel/page.ts'
import { after, type Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { decide, NO_FRESHNESS, permit } from '../../policy/access.ts'
import { LIFETIMES, SIZES } from '../../policy/bounds.ts'
import { textProblem } from '../../policy/text.ts'
import type { BareTx, Database, Tx } from '../../ports/db/index.ts'
import type { EventService } from '../event/event.service.ts'
import * as store from './account.store.ts'
import { type Account, type AccountFilter, EmailTaken, PhoneTaken } from './account.ts'
import type { AddressService } from './address.service.ts'
import type { OperatorMarks } from './operating.ts'
import type { VersionService } from './version.service.ts'

export type AccountService = ReturnType<typeof accountService>

export type NewAccount = Omit<store.NewAccount, 'id' | 'createdAt'>

/** Who makes an account: its owner, an operator in his name, or whoever has the machine. */
export type Maker = 'SIGN_UP' | 'INVITATION' | 'COMMAND_LINE' | Readonly<{ operator: Actor }>

export type ImportedAccount = Omit<store.ImportedAccount, 'id' | 'firstSessionAt'>

type Needs = Readonly<{
  db: Database
  clock: Clock
  makeId: MakeId
  events: EventService
  versioning: VersionService
  addresses: AddressService
}>

const checkFilter = (filter: AccountFilter): AccountFilter => {
  const longest = { search: SIZES.search, email: SIZES.email, phone: SIZES.phone, label: SIZES.search }
  for (const name of ['search', 'email', 'phone', 'label'] as const) {
    const message = filter[name] == null ? null : textProblem(filter[name], longest[name])
    if (message !== null) refuseField(`filter.${name}`, message)
  }
  return filter
}

const makerOf = (maker: 'SIGN_UP' | 'INVITATION' | 'COMMAND_LINE', id: string): Actor =>
  maker === 'COMMAND_LINE' ? { kind: 'SYSTEM', id: null } : { kind: 'ACCOUNT', id }

export const accountService = ({ db, clock, makeId, events, versioning, addresses }: Needs) => ({
  /** @throws EmailTaken, PhoneTaken */
  create: async (tx: Tx, account: NewAccount, maker: Maker, ip: string | null): Promise<Account> => {
    const created = await store.insert(tx, { ...account, id: makeId('Account'), createdAt: clock.now() })
    const [by, actor] = typeof maker === 'object' ? (['OPERATOR', maker.operator] as const) : [maker, makerOf(maker, created.id)]
    await addresses.demandFree(tx, created)
    await events.record(tx, {
      type: 'account.created',
      actor,
      accountId: created.id,
      subjectId: created.id,
      ip,
      details: { by },
    })
    return created
  },

  /**
   * Accounts from another system, in few statements however many. They had sessions there, so their first one here is no
   * sign-up: it alerts like any other. Of two with the same address the first goes in.
   * @returns each account, or which of its addresses is somebody's, in the order given.
   */
  createMany: async (
    tx: BareTx,
    accounts: readonly ImportedAccount[],
    actor: Actor,
    ip: string | null,
  ): Promise<readonly (Account | EmailTaken | PhoneTaken)[]> => {
    if (accounts.length === 0) return []
    const given = accounts.map((account) => ({ ...account, id: makeId('Account'), firstSessionAt: clock.now() }))
    const made = await store.insertMany(tx, given)
    const kept = await addresses.keptAmong(tx, made) // asked once they are there, when nobody can come in between any more
    await store.takeBack(tx, [...kept.keys()])
    const created = new Map(made.filter(({ id }) => !kept.has(id)).map((account) => [account.id, account]))
    const left = given.filter(({ id }) => !created.has(id))
    const taken = left.length === 0 ? [] : await store.taken(tx, left)
    const emails = new Set([...kept.values(), ...taken.map(({ email }) => email)])
    await events.recordMany(
      tx,
      [...created.keys()].map((id) => ({
        type: 'account.created',
        actor,
        accountId: id,
        subjectId: id,
        ip,
        details: { by: 'IMPORT' },
      })),
    )
    return given.map(
      ({ id, email }) => created.get(id) ?? (email !== null && emails.has(email) ? new EmailTaken() : new PhoneTaken()),
    )
  },

  /** @param email in its normal form. */
  byEmail: (tx: BareTx, email: string): Promise<Account | null> => store.findByEmail(tx, email),

  /** Whether an address is somebody else's. @param id the account that asks for it; null: none yet. */
  isTaken: (tx: BareTx, email: string, id: string | null): Promise<boolean> => addresses.isTaken(tx, email, id),

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

  /**
   * A link gave the account a new password; an address that waits to take the place of its own does not any more.
   * @param proven whether it came by the account's address. The account must be locked.
   */
  recovered: async (tx: Tx, account: Account, proven: boolean): Promise<Account> => {
    const isFirst = proven && account.emailVerifiedAt === null
    await versioning.outdate(tx, [account.id])
    const marks = { passwordResetRequired: false, pendingEmail: null, ...(isFirst ? { emailVerifiedAt: clock.now() } : {}) }
    return store.mark(tx, account.id, marks)
  },

  /**
   * Gives an account another address, proven or not, and what else is to change with it; one that waits does not any more.
   * The account must be locked. @throws EmailTaken
   */
  readdress: async (tx: Tx, id: string, marks: OperatorMarks & { deletesAt?: null }): Promise<Account> => {
    await versioning.outdate(tx, [id])
    return addresses.demandFree(tx, await store.mark(tx, id, { ...marks, pendingEmail: null }))
  },

  /** @param email what is to take the place of the address, once it is proven; null: nothing. The account must be locked. */
  setPendingEmail: async (tx: Tx, account: Account, email: string | null): Promise<Account> => {
    if (account.pendingEmail === email) return account
    await versioning.outdate(tx, [account.id])
    return store.mark(tx, account.id, { pendingEmail: email })
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

  /** Those of the accounts that are there, may come in and have not asked to be deleted. */
  staying: (tx: BareTx, ids: readonly string[]): Promise<readonly string[]> => store.staying(tx, ids),

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
})
