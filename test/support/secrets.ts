/** Every kind of secret that the server gives out, and every door that takes one: a table of each, for trying all at all. */
import { expect } from 'vitest'
import { INVITATION_PATH, VERIFICATION_PATH } from '../../src/http/links.ts'
import { PAGES } from '../../src/http/pages.ts'
import { newEmail, PASSWORD, type TestApp } from './app.ts'
import type { TestClient } from './client.ts'
import { teamsOf } from './teams.ts'
import { KIND_ROWS, KINDS, type Made, tokensOf } from './tokens.ts'

/** A secret, and whose browser it may be tried in besides a stranger's. */
type Given = Readonly<{ secret: string; owner: TestClient | null; made: Made | null }>

/** What a door says of a secret: null where it is good for nothing there. */
type Door = (secret: string, who: TestClient, made: Made | null) => Promise<unknown>

/** `door`: the one that takes it; null: it is no link, code or ticket. `looks`: where it shows what it is for, and stays good. */
type Row = Readonly<{ door: string | null; looks?: readonly string[]; make: () => Promise<Given> }>

export const secretsOf = async (app: TestApp) => {
  const { make, knock, mailbox } = await tokensOf(app)
  const teams = await teamsOf(app)
  const stranger = await app.person()

  const unlessVoid = (answer: Readonly<{ __typename: string; code?: string }>) =>
    answer.code === 'INVALID_TOKEN' ? null : answer

  const ask = async (who: TestClient, name: string, input: Record<string, unknown>) => {
    const Name = name.charAt(0).toUpperCase() + name.slice(1)
    const document = `mutation ($input: ${Name}Input!) { ${name}(input: $input) { __typename ... on UserError { code } } }`
    const { data, errors } = await who.gql(document, { input })
    return unlessVoid(data?.[name] ?? expect.fail(JSON.stringify(errors)))
  }

  const doors: Readonly<Record<string, Door>> = {
    ...Object.fromEntries(
      KINDS.map((kind): [string, Door] => [
        KIND_ROWS[kind].door,
        async (secret, who, made) =>
          unlessVoid(await knock(kind, made ?? { person: stranger, accountId: '', secret, link: null }, secret, who)),
      ]),
    ),
    acceptInvitation: (token, who) => ask(who, 'acceptInvitation', { token, password: PASSWORD }),
    invitation: async (token, who) =>
      (await who.gql('query ($token: String!) { invitation(token: $token) { email } }', { token })).data.invitation,
    claimSessionToken: (handoverCode, who) => ask(who, 'claimSessionToken', { handoverCode }),
    ...Object.fromEntries(
      Object.keys(PAGES).map((path): [string, Door] => [
        path,
        async (secret, who) => {
          const { status } = await who.fetch(`${path}?token=${secret}`)
          return status === 410 ? null : status
        },
      ]),
    ),
  }

  const invited = async (email: string): Promise<string> => {
    const { teamId } = await teams.team(await app.person())
    await teams.invite(teams.server, { teamId, email, redirectUrl: undefined })
    return mailbox.token(email, 'invitation')
  }

  const pending = async (): Promise<Given> => {
    const email = newEmail()
    await app.settings({ signIn: { discloseTakenEmail: false } })
    await app.browser().gql('mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }', {
      input: { email, password: PASSWORD },
    })
    await app.settings({ signIn: { discloseTakenEmail: true } })
    return { secret: await mailbox.token(email, 'sign-up-pending'), owner: null, made: null }
  }

  const rows: Readonly<Record<string, Row>> = {
    ...Object.fromEntries(
      KINDS.map((kind): [string, Row] => [
        kind,
        {
          door: KIND_ROWS[kind].door,
          looks: [KIND_ROWS[kind].page ?? []].flat(),
          make: async () => {
            const made = await make(kind)
            return { secret: made.secret, owner: made.person.browser, made }
          },
        },
      ]),
    ),
    invitation: {
      door: 'acceptInvitation',
      looks: ['invitation', INVITATION_PATH],
      make: async () => ({ secret: await invited(newEmail()), owner: null, made: null }),
    },
    'invitation of an account': {
      door: 'acceptInvitation',
      looks: ['invitation', INVITATION_PATH],
      make: async () => {
        const { browser, email } = await app.person()
        return { secret: await invited(email), owner: browser, made: null }
      },
    },
    'sign-up-pending': { door: 'verifyEmail', looks: [VERIFICATION_PATH], make: pending },
    // its owner’s browser is not used: the code is good for nothing once the cookie came back
    'handover code': {
      door: 'claimSessionToken',
      make: async () => ({ secret: (await app.person()).handoverCode ?? '', owner: null, made: null }),
    },
    'session token': {
      door: null,
      make: async () => ({ secret: (await app.person({ transport: 'TOKEN' })).sessionToken ?? '', owner: null, made: null }),
    },
    'device cookie': {
      door: null,
      make: async () => {
        const { browser } = await app.person()
        return { secret: browser.jar.get('gatehouse-device') ?? '', owner: browser, made: null }
      },
    },
    'API key': {
      door: null,
      make: async () => {
        const { secret } = await app.app.operators.createKey({ name: 'test', scopes: ['TEAMS_WRITE'], expiresAt: null })
        return { secret, owner: null, made: null }
      },
    },
  }

  return { doors, rows, stranger: stranger.browser }
}
