/** Starts, says where it is, stops on a signal. */
import { createApp } from './app.ts'
import { type Config, publicOrigin } from './config.ts'
import { RECOVERY_PATH } from './http/links.ts'
import { MAILBOX_PATH } from './http/mailbox.ts'

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const greeting = (config: Config, url: string): string =>
  config.graphiql
    ? `Gatehouse is up.\n  GraphiQL:  ${url}/graphql   (try the sign-up that stands in the editor)\n  Endpoint:  ${url}/graphql   over HTTP, server-sent events and WebSocket\n  Keys:      npx gatehouse create-key --name first --scope SESSIONS_READ   (while it is stopped, or on PostgreSQL)`
    : `Gatehouse is up at ${url}/graphql`

/** Serves until SIGTERM or SIGINT. @returns when everything is closed. */
export const serve = async (config: Config): Promise<void> => {
  if (config.database.kind === 'embedded') say(`Embedded PostgreSQL in ${config.dataDir}; the first start takes some seconds …`)
  const app = await createApp(config)
  const port = await app.listen()
  const url = publicOrigin(config, port)
  say(greeting(config, url))
  if (config.mailer.kind === 'mailbox') say(`  Mailbox:   ${url}${MAILBOX_PATH}   (for browsers on this machine)`)
  const offer = !config.production && config.database.kind === 'embedded' ? await app.operators.offerFirstAdmin() : null
  if (offer !== null) say(`  First administrator: ${offer.email}, sets a password at ${recoveryLink(url, offer.token)}`)
  app.log.info({ port }, 'listening')
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
  say('Stopping …')
  await app.close()
}

/** The link that a recovery token belongs in. */
export const recoveryLink = (base: string, token: string): string => {
  const link = new URL(RECOVERY_PATH, base)
  link.searchParams.set('token', token)
  return link.href
}
