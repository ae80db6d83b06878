/** The ways to all of our own pages behind links, for people whose application has none of its own. */
import type { UndoService } from '../features/account/undo.service.ts'
import type { EmailVerificationService } from '../features/account/verification.service.ts'
import type { ReviewService } from '../features/alert/review.service.ts'
import type { RecoveryService } from '../features/credential/recovery.service.ts'
import type { AcceptingService } from '../features/membership/accepting.service.ts'
import type { SettingsService } from '../features/settings/settings.service.ts'
import type { ParseUserAgent } from '../ports/user-agent/index.ts'
import { invitationPage } from './invitation.ts'
import { INVITATION_PATH, RECOVERY_PATH, REVIEW_PATH, UNDO_PATH, VERIFICATION_PATH } from './links.ts'
import { openPage, type PageNeeds } from './page.ts'
import { recoveryPage } from './recovery.ts'
import { reviewPage } from './review.ts'
import { undoPage } from './undo.ts'
import { verificationPage } from './verification.ts'
import type { Authenticate, Recognise } from './viewer.ts'

type Needs = PageNeeds &
  Readonly<{
    authenticate: Authenticate
    recognise: Recognise
    parseUserAgent: ParseUserAgent
    accepting: AcceptingService
    settings: SettingsService
    emailVerification: EmailVerificationService
    recovery: RecoveryService
    reviews: ReviewService
    undo: UndoService
    /** Where that page is, as the world sees it. */
    recoveryPage: () => string
  }>

type Way = ReturnType<typeof openPage>

/** By path. */
export const PAGES: Readonly<Record<string, (needs: Needs) => Way>> = {
  [RECOVERY_PATH]: (needs) => openPage(needs, recoveryPage(needs)),
  [VERIFICATION_PATH]: (needs) => openPage(needs, verificationPage(needs)),
  [UNDO_PATH]: (needs) => openPage(needs, undoPage(needs.undo)),
  [REVIEW_PATH]: (needs) => openPage(needs, reviewPage(needs)),
  [INVITATION_PATH]: (needs) => openPage(needs, invitationPage(needs)),
}

/** The way to each page, by its path. */
export const openPages = (needs: Needs): Readonly<Record<string, Way>> =>
  Object.fromEntries(Object.entries(PAGES).map(([path, open]) => [path, open(needs)]))
