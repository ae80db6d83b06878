/**
 * Taking accounts in from another system, with the hashes of their passwords. Each row has its own outcome; all that can go
 * in goes in, in one transaction and few statements.
 */
import { DomainError, type InvalidField, refuseField } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/events.ts'
import type { Clock } from '../../kernel/time.ts'
import type { Source, Viewer } from '../../kernel/viewer.ts'
import { decide, permit } from '../../policy/access.ts'
import { IMPORTS } from '../../policy/bounds.ts'
import { isAdmin } from '../../policy/permissions.ts'
import { preferencesProblem } from '../../policy/text.ts'
import type { BareTx, Database } from '../../ports/db/index.ts'
import { encodeForeign } from '../../ports/hasher/imported/index.ts'
import type { AccountService, ImportedAccount } from '../account/account.service.ts'
import type { Account } from '../account/account.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import type { ActingService } from '../session/acting.service.ts'
import type { SettingsService } from '../settings/settings.service.ts'
import { type ImportedRow, type Outcome, readRow, sayInvalid, sayRefusal } from './import.ts'

export type ImportService = ReturnType<typeof importService>

/** Who brings rows, and what he may not bring: a refusal for a row of an operator, or null. */
export type Bringer = Readonly<{ actor: Actor; ip: string | null; mayNot: (isOperator: boolean) => DomainError | null }>

type Needs = Readonly<{
  db: Database
  clock: Clock
  acting: ActingService
  accounts: AccountService
  credentials: CredentialService
  settings: SettingsService
}>

/** A row that can go in, as far as it can be told without the database. */
type Ready = Readonly<{ account: ImportedAccount; hash: string | null }>

/** Ends a transaction that was only for show. */
class DryRun extends Error {}

export const importService = ({ db, clock, acting, accounts, credentials, settings }: Needs) => {
  /** @returns what to store, or why not. */
  const prepare = (row: ImportedRow, now: Date, { mayNot }: Bringer): Ready | string => {
    const read = readRow(row, now)
    const problems: InvalidField[] = Array.isArray(read) ? [...read] : []
    const preferences = row.preferences ?? {}
    const preferencesMessage = preferencesProblem(preferences)
    if (preferencesMessage !== null) problems.push({ path: 'preferences', message: preferencesMessage })
    const hash = row.password == null ? null : encodeForeign(row.password)
    if (hash !== null && 'problem' in hash)
      problems.push({ path: `password.${hash.problem.path}`, message: hash.problem.message })
    const refusal = mayNot(isAdmin(row.labels ?? []))
    if (refusal !== null) return sayRefusal(refusal)
    if (problems.length > 0 || !('labels' in read)) return sayInvalid(problems)
    return { account: { ...read, preferences }, hash: hash !== null && 'encoded' in hash ? hash.encoded : null }
  }

  /**
   * Takes rows in, in a transaction of the caller's.
   * @param first number of the first row. @returns what became of each row, in order.
   */
  const takeIn = async (
    tx: BareTx,
    rows: readonly ImportedRow[],
    bringer: Bringer,
    first = 0,
  ): Promise<readonly Outcome<Account>[]> => {
    const now = clock.now()
    const prepared = rows.map((row) => prepare(row, now, bringer))
    const ready = prepared.filter((row) => typeof row !== 'string')
    const made = await accounts.createMany(
      tx,
      ready.map(({ account }) => account),
      bringer.actor,
      bringer.ip,
    )
    const hashes = ready.flatMap(({ hash }, index) => {
      const account = made[index]
      return hash === null || account === undefined || account instanceof DomainError ? [] : [{ accountId: account.id, hash }]
    })
    if (hashes.length > 0) await credentials.setImported(tx, hashes)
    let next = 0
    return prepared.map((row, index) => {
      const result = typeof row === 'string' ? row : made[next++]
      const outcome = { row: first + index, externalId: rows[index]?.externalId ?? null }
      if (typeof result === 'string') return { ...outcome, account: null, error: result }
      if (result instanceof DomainError) return { ...outcome, account: null, error: sayRefusal(result) }
      return { ...outcome, account: result ?? null, error: null }
    })
  }

  /** Takes rows in; for show only, everything is done and undone. */
  const inTransaction = async <T extends object>(dryRun: boolean, work: (tx: BareTx) => Promise<T>): Promise<T> => {
    let shown: T | null = null
    try {
      return await db.bareTransaction(async (tx) => {
        const result = await work(tx)
        if (!dryRun) return result
        shown = result
        throw new DryRun()
      })
    } catch (error) {
      if (error instanceof DryRun && shown !== null) return shown
      throw error
    }
  }

  return {
    takeIn,
    inTransaction,

    /**
     * For keys, and for administrators with fresh proof. A key's rows may not be operators'.
     * @returns one outcome a row; of a dry run without accounts, since there are none.
     * @throws FORBIDDEN, REAUTHENTICATION_REQUIRED, InvalidInput for too many rows.
     */
    import: async (
      viewer: Viewer,
      source: Source,
      rows: readonly ImportedRow[],
      dryRun: boolean,
    ): Promise<readonly Outcome<Account>[]> => {
      const freshness = await settings.freshness()
      permit('account.operate', viewer, { ownerId: null }, freshness)
      if (rows.length > IMPORTS.accounts)
        refuseField('input.accounts', `At most ${IMPORTS.accounts.toLocaleString('en-US')} accounts in one call.`)
      const mayNot = (ownerIsAdmin: boolean) => decide('account.operate', viewer, { ownerId: null, ownerIsAdmin }, freshness)
      const outcomes = await inTransaction(dryRun, async (tx) => {
        const { actor } = await acting.lock(tx, viewer, null)
        return takeIn(tx, rows, { actor, ip: source.ip, mayNot })
      })
      return dryRun ? outcomes.map((outcome) => ({ ...outcome, account: null })) : outcomes
    },
  }
}
