/**
 * `npm run demo`: the story of a stolen password, played on a real server by its owner and a stranger, first as the owner
 * sits at her laptop, then while she is away and has only her mail. Nothing is faked: what is printed was answered, and a
 * step that does not go as told ends the demo with exit code 1.
 */
import { atTheLaptop } from './at-the-laptop.ts'
import { byMail } from './by-mail.ts'
import { startServer } from './server.ts'
import { tell, told } from './story.ts'

const main = async (): Promise<void> => {
  console.log('Gatehouse: a stolen password, on a real server. Times since the start, and of each step.\n')
  const server = await startServer()
  tell(`The server is up at ${server.url}/graphql, with an empty database in a temporary folder.`)
  try {
    await atTheLaptop(server.url)
    await byMail(server.url)
  } finally {
    const code = await server.stop()
    told(code === 0, 'the server did not stop cleanly', code)
  }
  tell('The server has stopped. Everything went as told.')
}

main().catch((error: unknown) => {
  console.error(`\nThe story broke off: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
