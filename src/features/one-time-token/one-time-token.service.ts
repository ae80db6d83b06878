/** Making, using and voiding tokens that work once. The secret leaves once and is kept as its hash. */
import type { Json } from '../../kernel/events.ts'
import type { MakeId } from '../../kernel/ids.ts'
import { hashSecret, looksLikeSecret, makeSecret, type Random } from '../../kernel/secrets.ts'
import { after, type Clock } from '../../kernel/time.ts'
import { LIFETIMES, OPEN_LINKS } from '../../policy/bounds.ts'
import type { BareTx, Tx } from '../../ports/db/index.ts'
import type { RehearsalService } from '../rehearsal/rehearsal.service.ts'
import * as store from './one-time-token.store.ts'
import { GIVING_BACK, InvalidToken, OBJECTIONS, type OneTimeToken, type TokenKind } from './one-time-token.ts'

export type OneTimeTokenService = ReturnType<typeof oneTimeTokenService>

type Wish = Readonly<{
  kind: TokenKind
  accountId: string
  lifetimeSeconds: number
  boundTo?: string
  data?: Readonly<Record<string, Json>>
}>

type Needs = Readonly<{ clock: Clock; random: Random; makeId: MakeId; rehearsals: RehearsalService }>

const demand = (token: OneTimeToken | null): OneTimeToken => {
  if (token === null) throw new InvalidToken()
  return token
}

export const oneTimeTokenService = ({ clock, random, makeId, rehearsals }: Needs) => {
  const make = ({ kind, accountId, lifetimeSeconds, boundTo, data }: Wish): { secret: string; token: store.NewToken } => {
    const [secret, createdAt] = [makeSecret(random), clock.now()]
    const token = {
      id: makeId('OneTimeToken'),
      kind,
      accountId,
      tokenHash: hashSecret(secret),
      boundTo: boundTo ?? null,
      data: data ?? {},
      createdAt,
      expiresAt: after(createdAt, lifetimeSeconds),
    }
    return { secret, token }
  }

  /** Looks without using. @throws InvalidToken */
  const check = async (tx: BareTx, kind: TokenKind, secret: string): Promise<OneTimeToken> =>
    demand(looksLikeSecret(secret) ? await store.find(tx, kind, hashSecret(secret), clock.now()) : null)

  return {
    /** @returns the secret, which is shown once, and when it expires. */
    issue: async (tx: BareTx, wish: Wish): Promise<{ secret: string; expiresAt: Date }> => {
      const { secret, token } = make(wish)
      await store.insert(tx, [token])
      return { secret, expiresAt: token.expiresAt }
    },

    /** Two that belong together, in one statement. @returns their secrets. */
    issueBoth: async (tx: BareTx, one: Wish, other: Wish): Promise<readonly [string, string]> => {
      const [first, second] = [make(one), make(other)]
      await store.insert(tx, [first.token, second.token])
      return [first.secret, second.secret]
    },

    /** After a link was issued: of the links to one address the newest three are good. The account must be locked. */
    keepNewest: (tx: BareTx, { kind, accountId, boundTo }: Wish): Promise<void> =>
      store.keepNewest(tx, accountId, kind, boundTo ?? '', OPEN_LINKS, clock.now()),

    /** As if a link was issued, for somebody who is to get none: as much work. @returns a secret that is good for nothing. */
    rehearse: async (tx: BareTx, wish: Wish): Promise<string> => {
      const { secret, token } = make(wish)
      await rehearsals.write(tx, JSON.stringify([token]).length)
      return secret
    },

    check,

    /**
     * Uses it up; of two that try at once one wins. Its account is locked before it, as by whoever voids it: so nobody waits
     * in a circle, and who has waited finds what was made of it meanwhile.
     * @param lock locks the account. @returns the token, and what the lock has given. @throws InvalidToken
     */
    redeem: async <Locked>(
      tx: BareTx,
      kind: TokenKind,
      secret: string,
      lock: (tx: BareTx, accountId: string) => Promise<Locked>,
    ): Promise<Readonly<{ token: OneTimeToken; locked: Locked }>> => {
      const { accountId } = await check(tx, kind, secret)
      const locked = await lock(tx, accountId)
      return { token: demand(await store.use(tx, kind, hashSecret(secret), clock.now())), locked }
    },

    /** Makes every open token of an account useless, but those that give the account back to its owner. */
    voidOf: (tx: Tx, accountId: string): Promise<void> => store.voidOf(tx, accountId, GIVING_BACK, clock.now()),

    /** The same for a new password: its owner may still object to what was done in his name. */
    voidButObjections: (tx: Tx, accountId: string): Promise<void> =>
      store.voidOf(tx, accountId, [...OBJECTIONS, ...GIVING_BACK], clock.now()),

    /** The same with those, for whoever decides in the owner's place. */
    voidAll: (tx: Tx, accountId: string): Promise<void> => store.voidOf(tx, accountId, [], clock.now()),

    /** Makes useless what was sent to an address, but those that give the account back. */
    voidSentTo: (tx: Tx, accountId: string, address: string): Promise<void> =>
      store.voidSentTo(tx, accountId, address, clock.now()),

    /** After one that gives an account back was used: of all that is open only what goes back further stays good. */
    voidAfter: (tx: BareTx, token: OneTimeToken): Promise<void> => store.voidAfter(tx, token, clock.now()),

    /** Removes what expired more than a tombstone's life ago. */
    sweep: (tx: Tx): Promise<void> => store.removeOlderThan(tx, after(clock.now(), -LIFETIMES.sessionTombstone)),
  }
}
