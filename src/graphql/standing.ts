/** An operation may outlive the session that began it: whether the viewer's credential stands, and the news that it does not. */
import type { EventService } from '../features/event/event.service.ts'
import type { DomainError } from '../kernel/errors.ts'
import type { Viewer } from '../kernel/viewer.ts'
import type { Context } from './context.ts'

/** Who asks, as long as an operation may last. */
export type Asker = Pick<Context, 'viewer' | 'services'>

/** Asked before each mutation of a document and before each delivery. @returns null while the credential is good. */
export const refusalNow = ({ viewer, services }: Asker): Promise<DomainError | null> => services.acting.refusal(viewer)

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
