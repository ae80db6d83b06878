/** Invitations as people answer them. */
import type { TestClient } from './client.ts'
import { INVITATIONS, MEMBERSHIP } from './teams.ts'

const ERRORS = '... on UserError { code message } ... on InvalidInputError { fields { path } }'

const ACCEPT = `mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename
  ... on AcceptInvitationPayload { membership { ${MEMBERSHIP} }
    signIn { account { id email emailVerified name } session { id method authenticatedAt } sessionToken handoverCode } }
  ${ERRORS} } }`

const RESEND = `mutation ($input: ResendInvitationInput!) { resendInvitation(input: $input) { __typename
  ... on ResendInvitationPayload { membership { id status roles } } ${ERRORS} } }`

const PREVIEW = 'query ($token: String!) { invitation(token: $token) { teamName invitedBy roles email expiresAt needsAccount } }'

export const accept = async (who: TestClient, token: string, input: Record<string, unknown> = {}) => {
  const { data, errors } = await who.gql(ACCEPT, { input: { token, ...input } })
  return data?.acceptInvitation ?? { refused: errors?.[0]?.extensions.code }
}

export const resend = async (
  who: TestClient,
  membershipId: string,
  redirectUrl: string | null = INVITATIONS.ALLOWED_REDIRECTS,
) => {
  const { data, errors } = await who.gql(RESEND, { input: { membershipId, redirectUrl } })
  return data?.resendInvitation ?? { refused: errors?.[0]?.extensions.code }
}

export const preview = async (who: TestClient, token: string) => (await who.gql(PREVIEW, { token })).data.invitation

/** The name of what was answered, or the code of what was wrong. */
export const nameOf = (answer: Readonly<{ __typename?: string; code?: string; refused?: string }>): string =>
  answer.refused ?? answer.code ?? answer.__typename ?? 'NOTHING'
