/** What the command line does for whoever has the machine: the first administrator, and keys. */
import { refuseField } from '../../kernel/errors.ts'
import { LIFETIMES } from '../../policy/bounds.ts'
import { ADMIN_LABEL } from '../../policy/permissions.ts'
import { normaliseEmail } from '../../policy/text.ts'
import type { Database } from '../../ports/db/index.ts'
import type { AccountService } from '../account/account.service.ts'
import type { ApiKey, NewApiKey } from '../api-key/api-key.ts'
import type { KeyIssuingService } from '../api-key/issuing.service.ts'
import type { CredentialService } from '../credential/credential.service.ts'
import type { OneTimeTokenService } from '../one-time-token/one-time-token.service.ts'

type Needs = Readonly<{
  db: Database
  accounts: AccountService
  credentials: CredentialService
  tokens: OneTimeTokenService
  keyIssuing: KeyIssuingService
}>

/** The administrator that a first embedded start offers; the domain cannot be anybody's (RFC 6761). */
const FIRST_ADMIN = 'admin@gatehouse.localhost'

export const operatorService = ({ db, accounts, credentials, tokens, keyIssuing }: Needs) => {
  /**
   * Makes an administrator, or makes one of an account that exists.
   * @returns the token for `recoverPassword`, good for a day, once. @throws InvalidInput
   */
  const createAdmin = async (typed: string): Promise<string> => {
    const email = normaliseEmail(typed) ?? refuseField('email', 'This is not an e-mail address.')
    return db.transaction(async (tx) => {
      const known = await accounts.byEmail(tx, email)
      const account =
        known ?? (await accounts.create(tx, { email, name: null, locale: null, labels: [ADMIN_LABEL] }, 'COMMAND_LINE', null))
      const { secret } = await tokens.issue(tx, {
        kind: 'password-recovery',
        accountId: account.id,
        lifetimeSeconds: LIFETIMES.adminLink,
        // whoever registered the address before must not become the administrator: the label comes with the new password
        data: { label: ADMIN_LABEL },
      })
      return secret
    })
  }

  return {
    createAdmin,

    /** @returns the key and its secret. @throws InvalidInput */
    createKey: (key: NewApiKey): Promise<{ apiKey: ApiKey; secret: string }> => keyIssuing.createAsSystem(key),

    /** For a first start in development. @returns an address and a token to set its password, or null once an administrator can sign in. */
    offerFirstAdmin: async (): Promise<{ email: string; token: string } | null> => {
      const admins = await accounts.labelled(ADMIN_LABEL)
      const passwords = await credentials.changedAt(admins.map((account) => account.id))
      if (passwords.some((changedAt) => changedAt !== null)) return null
      const email = admins[0]?.email ?? FIRST_ADMIN
      return { email, token: await createAdmin(email) }
    },
  }
}
