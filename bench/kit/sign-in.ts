/** Sign-ins, each by somebody else, so that no account's lock or limit is what is measured. */
import { emailOf, PASSWORD } from './database.ts'
import { type Answer, post } from './http.ts'

const DOCUMENT = `mutation ($input: SignInWithPasswordInput!) {
  signInWithPassword(input: $input) { __typename ... on SignInPayload { session { id } } }
}`

export const signInAs = (email: string, password: string): Buffer => post(DOCUMENT, { input: { email, password } })

export const signIn = (n: number): Buffer => signInAs(emailOf(n), PASSWORD)

export const isSignedIn = ({ body }: Answer): boolean => body.includes('"SignInPayload"')

/** Told to come back, with a time. */
export const isToldToComeBack = ({ body }: Answer): boolean =>
  body.includes('"SERVICE_UNAVAILABLE"') && body.includes('"retryAfterSeconds"')
