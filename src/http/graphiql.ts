/** GraphiQL, served from the server itself: nothing is loaded from elsewhere, and subscriptions go over WebSocket. */
import type { ServerResponse } from 'node:http'
import { sendPage } from './answers.ts'
import { GRAPHQL_PATH } from './graphql.ts'

/** What the page's bundled editor needs, and nothing from other hosts. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  'worker-src blob:',
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The first thing a newcomer sees in the editor; each part runs as it stands. */
const FIRST_QUERY = `# Welcome to Gatehouse. Three things to try, in order:
# 1. Sign up (the cookie that is set signs this page in).
mutation SignUp {
  signUp(input: { email: "ada@example.com", password: "correct horse battery" }) {
    __typename
    ... on SignInPayload { account { id email } session { id expiresAt } }
    ... on UserError { code message }
  }
}

# 2. Look around.
query Me {
  account { email sessions { nodes { client { name osName } location { countryName } isCurrent } } }
}

# 3. Listen; then sign in from another browser and see the alert arrive here.
subscription Alerts {
  sessionAlerts { isNewDevice createdAt session { ip client { name osName } } }
}
`

let page: Promise<string> | null = null

const render = async (): Promise<string> => {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  return renderGraphiQL({ title: 'Gatehouse', endpoint: GRAPHQL_PATH, defaultQuery: FIRST_QUERY, subscriptionsProtocol: 'WS' })
}

/** Sends the page; made once, on first use. */
export const sendGraphiql = async (response: ServerResponse): Promise<void> => {
  page ??= render()
  sendPage(response, 200, POLICY, await page)
}
