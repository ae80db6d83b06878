/** Where the pages behind our own links are. */

/** Without a token it takes an address and sends a link; with one it sets a new password. */
export const RECOVERY_PATH = '/recover'

/** Proves an address. */
export const VERIFICATION_PATH = '/email/verify'

/** Shows an invitation to a team, and accepts it; for where ALLOWED_REDIRECTS names no page of the application. */
export const INVITATION_PATH = '/invitation'

/** Gives an account its earlier address back. */
export const UNDO_PATH = '/email/undo'

/** Says of a new session whether it was one's own. */
export const REVIEW_PATH = '/alerts/review'
