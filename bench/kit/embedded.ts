/** The embedded default in a folder of its own, with somebody in it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PASSWORD } from './database.ts'
import { ask, post } from './http.ts'
import { type Server, startGatehouse } from './server.ts'

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }'

/** Lends a running server and the token of somebody who signed up on it; the folder goes afterwards. */
export const withEmbedded = async <T>(use: (server: Server, token: string, folder: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  try {
    const server = await startGatehouse({ databaseUrl: null, folder })
    try {
      const { headers, body } = await ask(server.port, post(SIGN_UP, { input: { email: 'ada@example.com', password: PASSWORD } }))
      const token = /gatehouse=(gst_[\w-]{43})/.exec(headers)?.[1]
      if (token === undefined) throw new Error(`the sign-up set no cookie: ${body}`)
      return await use(server, token, folder)
    } finally {
      await server.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
