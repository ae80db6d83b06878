/** Whether the viewer's credential still stands at this moment: an operation may outlive the session that began it. */
import type { EventService } from '../features/event/event.service.ts'
import { type DomainError, forbidden, unauthenticated } from '../kernel/errors.ts'
import type { Viewer } from '../kernel/viewer.ts'
import { isAdmin } from '../policy/permissions.ts'
import type { Context } from './context.ts'

/** Who asks, as long as an operation may last. */
export type Asker = Pick<Context, 'viewer' | 'services'>

/** Asked before each mutation of a document and before each delivery. @returns null while the credential is good. */
export const refusalNow = async ({ viewer, services }: Asker): Promise<DomainError | null> => {
  if (viewer.kind === 'guest') return unauthenticated(viewer.signedOutReason)
  if (viewer.kind === 'apiKey') return (await services.apiKeys.isGood(viewer.keyId)) ? null : unauthenticated()
  const reason = await services.sessions.endReason(viewer.sessionId)
  if (reason !== null) return unauthenticated(reason)
  if (!isAdmin(viewer.labels)) return null
  const account = await services.accounts.find(viewer, viewer.accountId)
  return account !== null && isAdmin(account.labels) ? null : forbidden() // an operator only as long as the label says so
}

/** Hears at once when the viewer's own session ends or his key is revoked, and why. @returns how to stop. */
export const hearOwnEnd = (events: EventService, viewer: Viewer, listener: (reason: string) => void): (() => void) => {
  if (viewer.kind === 'account')
    return events.hearAtOnce(`subject:${viewer.sessionId}`, ({ type, reason }) => {
      if (type === 'session.ended') listener(reason ?? 'EXPIRED')
    })
  if (viewer.kind === 'apiKey')
    return events.hearAtOnce(`subject:${viewer.keyId}`, ({ type }) => {
      if (type === 'api-key.revoked') listener('REVOKED')
    })
  return () => undefined
}
