/** What a key may be given, and what an administrator has. */
import type { Viewer } from '../kernel/viewer.ts'

/** The one list of scopes. Written as here in the schema; the command line takes `sessions:read` as well. */
export const SCOPES = {
  ACCOUNTS_READ: 'Read every account.',
  ACCOUNTS_WRITE: 'Make, change, block, import and delete accounts.',
  SESSIONS_READ: 'Read the sessions of every account.',
  SESSIONS_WRITE: 'Open and end sessions of every account.',
  TEAMS_READ: 'Read every team.',
  TEAMS_WRITE: 'Make, change and delete teams and their memberships.',
  MEMBERSHIPS_READ: 'Read memberships with all their details.',
  SETTINGS_READ: 'Read the parts of the security settings that are not public.',
  SETTINGS_WRITE: 'Change the security settings.',
  EVENTS_READ: 'Read the event log.',
  MESSAGES_READ: 'Read the mails and text messages that were sent.',
  WEBHOOKS_WRITE: 'Make, change and remove webhooks.',
  KEYS_READ: 'List the API keys.',
  KEYS_WRITE: 'Revoke API keys.',
  RESOURCES_READ: 'Read resources and ask for access decisions on behalf of accounts.',
  RESOURCES_WRITE: 'Make, change and delete resources.',
} as const satisfies Record<string, string>

export type Scope = keyof typeof SCOPES

/** The label that makes an account an operator with every scope. */
export const ADMIN_LABEL = 'admin'

/** Reads a scope as the schema or the command line writes it; null if there is none of that name. */
export const parseScope = (text: string): Scope | null => {
  const name = text.toUpperCase().replace(':', '_')
  return Object.hasOwn(SCOPES, name) ? (name as Scope) : null
}

export const isAdmin = (labels: readonly string[]): boolean => labels.includes(ADMIN_LABEL)

/** Whether the viewer acts as an operator with this scope. */
export const hasScope = (viewer: Viewer, scope: Scope): boolean =>
  viewer.kind === 'apiKey' ? viewer.scopes.includes(scope) : viewer.kind === 'account' && isAdmin(viewer.labels)
