/** The link that proves an address: the one an account has, or the one that is to take its place. */
import { LIFETIMES } from '../../policy/bounds.ts'
import { withToken } from '../../policy/redirects.ts'
import type { Tx } from '../../ports/db/index.ts'
import type { MessageService } from '../message/message.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'
import type { Account } from './account.ts'

export type ProofLinkService = ReturnType<typeof proofLinkService>

type Needs = Readonly<{ tokens: OneTimeTokenService; messages: MessageService }>

export const proofLinkService = ({ tokens, messages }: Needs) => ({
  /** The account must be locked. @param page where the link leads. @returns until when it is good. */
  send: async (tx: Tx, account: Account, email: string, page: URL | string): Promise<Date> => {
    const { id: accountId, name, locale } = account
    const lifetimeSeconds = LIFETIMES.verificationLink
    const wish = { kind: 'email-verification', accountId, lifetimeSeconds, boundTo: email } as const
    const { secret, expiresAt } = await tokens.issue(tx, wish)
    await tokens.keepNewest(tx, wish)
    const link = { url: withToken(page, secret), expiresInHours: lifetimeSeconds / 3_600 }
    const data = { name, ...link, isChange: email !== account.email }
    await messages.enqueue(tx, { kind: 'email-verification', to: email, locale, data, accountId })
    return expiresAt
  },
})
