/** Documents that the edge's tests send, with what they need around them. */
import { newEmail, PASSWORD } from '../support/app.ts'

export const WHO = '{ account { id } signedOutReason }'

export const SIGN_UP =
  'mutation ($input: SignUpInput!) { signUp(input: $input) { ... on SignInPayload { account { id } sessionToken } } }'

/** A sign-up of somebody new. */
export const signUp = (input: Record<string, unknown> = {}) => ({
  query: SIGN_UP,
  variables: { input: { email: newEmail(), password: PASSWORD, ...input } },
})

export const SIGN_OUT = 'mutation { signOut(input: {}) { __typename } }'

export const REVOKE =
  'mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) { ... on RevokeSessionPayload { session { id } } } }'
