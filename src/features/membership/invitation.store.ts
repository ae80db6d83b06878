/** The invitations table: the link of each membership that waits to be accepted. */
import { type BareTx, prepared, rows, write } from '../../ports/db/index.ts'
import type { Invitation } from './invitation.ts'

const PUT = prepared(`
  INSERT INTO "invitations" ("membership_id", "token_hash", "sent_to", "recipient_id", "expires_at") VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT ("membership_id") DO UPDATE SET "token_hash" = EXCLUDED."token_hash", "sent_to" = EXCLUDED."sent_to",
    "recipient_id" = EXCLUDED."recipient_id", "expires_at" = EXCLUDED."expires_at"`)

/** In place of the one that the membership has. */
export const put = (tx: BareTx, tokenHash: string, invitation: Omit<Invitation, 'teamId'>): Promise<void> => {
  const { membershipId, sentTo, recipientId, expiresAt } = invitation
  return write(tx, PUT, membershipId, tokenHash, sentTo, recipientId, expiresAt)
}

const FIND = prepared<Invitation>(`
  SELECT "membership_id" AS "membershipId", "team_id" AS "teamId", "sent_to" AS "sentTo", "recipient_id" AS "recipientId",
    "expires_at" AS "expiresAt"
  FROM "invitations" JOIN "memberships" ON "id" = "membership_id"
  WHERE "token_hash" = $1 AND "expires_at" > $2 AND "joined_at" IS NULL`)

/** One that can be accepted. */
export const find = async (tx: BareTx, tokenHash: string, now: Date): Promise<Invitation | null> =>
  (await rows(tx, FIND, tokenHash, now))[0] ?? null

const REMOVE = prepared(`DELETE FROM "invitations" WHERE "membership_id" = ANY($1::text[])`)

/** The links of these memberships are good for nothing any more. */
export const remove = (tx: BareTx, membershipIds: readonly string[]): Promise<void> => write(tx, REMOVE, membershipIds)

const REMOVE_SENT_TO = prepared(`
  DELETE FROM "invitations" USING "memberships"
  WHERE "id" = "membership_id" AND "team_id" = $1 AND "joined_at" IS NULL AND ("recipient_id" = $2 OR "sent_to" = $3)`)

/** So are all that an account was sent for a team, or whoever reads at its address. The team must be locked. */
export const removeSentTo = (tx: BareTx, teamId: string, accountId: string | null, address: string | null): Promise<void> =>
  write(tx, REMOVE_SENT_TO, teamId, accountId, address)
