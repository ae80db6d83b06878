/** A session's new token on its way to whoever holds the session: as a cookie, or in the payload. */
import { becomeViewer, type Context } from '../../graphql/context.ts'
import { forbidden } from '../../kernel/errors.ts'
import type { Account } from '../account/account.ts'
import type { Rotated } from './rotating.service.ts'
import { viewerOf } from './session.ts'

/** Asked before anything is done: a cookie that cannot be set would sign its browser out. @throws FORBIDDEN */
export const demandCarrier = async ({ cookies, load, viewer }: Context): Promise<void> => {
  const session = viewer.kind === 'account' ? await load.session.load(viewer.sessionId) : null
  if (session?.transport === 'COOKIE' && !cookies.writable)
    throw forbidden('No cookie can be set here, and this session needs a new one. Ask by HTTP.')
}

/** Hands the token over with the answer; the rest of the operation is asked by who has just proven himself. */
export const handOver = <T extends Rotated & Readonly<{ account: Account }>>(rotated: T, context: Context): T => {
  const { account, session, token } = rotated
  if (session.transport === 'COOKIE') context.cookies.setSession(token, session.expiresAt)
  const via = context.viewer.kind === 'account' ? context.viewer.via : 'HEADER'
  becomeViewer(context, viewerOf(session, account.labels, via))
  return rotated
}

/** The secret, where the payload carries it. */
export const tokenOf = ({ session, token }: Rotated): string | null => (session.transport === 'TOKEN' ? token : null)

export const TOKEN_DESCRIPTION =
  'The session’s new secret, shown once; the old one is dead. Null with transport COOKIE: the cookie was set anew.'
