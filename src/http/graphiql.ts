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

/** What a newcomer finds: one tab a step, in order, each of which runs as it stands. */
const FIRST_TABS = [
  `# Welcome to Gatehouse: four tabs, four steps.
# 1. Sign up. A cookie signs this page in.
mutation SignUp {
  signUp(
    input: {
      email: "ada@example.com"
      password: "correct horse battery"
    }
  ) {
    __typename
    ... on SignInPayload {
      account { id email }
      session { id expiresAt }
    }
    ... on UserError { code message }
  }
}
`,
  `# 2. Look around.
query Me {
  account {
    email
    sessions {
      nodes {
        id
        isCurrent
        lastActiveAt
        client { name osName }
        location { countryName }
      }
    }
  }
}
`,
  `# 3. Listen. Then sign in from another browser
# and see the alert arrive here.
subscription Alerts {
  sessionAlerts {
    id
    createdAt
    isNewDevice
    session {
      ip
      client { name osName }
    }
  }
}
`,
  `# 4. Not you? Put the id of the alert in: that
# session ends, its sockets included.
mutation Report {
  reportSessionAlert(input: { alertId: "alt_…" }) {
    __typename
    ... on ReportSessionAlertPayload {
      endedSessions { id endReason }
      passwordResetRequired
    }
    ... on UserError { code message }
  }
}
`,
]

/** A gatehouse: two towers and the way between. */
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28"><path fill="#3b5bdb" ' +
  'd="M2 6h3v3h3V6h3v6h10V6h3v3h3V6h3v22h-9v-6a5 5 0 0 0-10 0v6H2z"/></svg>'

/** Headers, where keys are, stay out of the browser's storage; documents, where passwords are, out of the address. */
const OPTIONS = {
  title: 'Gatehouse',
  logo: LOGO,
  favicon: `data:image/svg+xml,${encodeURIComponent(LOGO)}`,
  endpoint: GRAPHQL_PATH,
  subscriptionsProtocol: 'WS',
  defaultTabs: FIRST_TABS.map((query) => ({ query })),
  defaultEditorToolsVisibility: false,
  shouldPersistHeaders: false,
  onEditQuery: null, // replaces the one that copies each keystroke into the address
} as const

let page: Promise<string> | null = null

const render = async (): Promise<string> => {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  return renderGraphiQL({ ...OPTIONS, defaultTabs: [...OPTIONS.defaultTabs] })
}

/** Sends the page; made once, on first use. */
export const sendGraphiql = async (response: ServerResponse): Promise<void> => {
  page ??= render()
  sendPage(response, 200, POLICY, await page)
}
