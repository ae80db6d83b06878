/** Whether the viewer's credential still stands at this moment: an operation may outlive the session that began it. */
import { type DomainError, unauthenticated } from '../kernel/errors.ts'
import type { Context } from './context.ts'

/** Asked before each mutation of a document and before each delivery. @returns null while the credential is good. */
export const refusalNow = async ({ viewer, services }: Context): Promise<DomainError | null> => {
  if (viewer.kind === 'guest') return unauthenticated(viewer.signedOutReason)
  if (viewer.kind === 'apiKey') return (await services.apiKeys.isGood(viewer.keyId)) ? null : unauthenticated()
  const reason = await services.sessions.endReason(viewer.sessionId)
  return reason === null ? null : unauthenticated(reason)
}
