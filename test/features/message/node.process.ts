/** A node in a process of its own. It writes a message to each address it is given, one a line, and repeats the address when that is committed. */
import { createInterface } from 'node:readline'
import { createApp } from '../../../src/app.ts'
import { parseConfig } from '../../../src/config.ts'
import { enqueue, recovery } from '../../support/messages.ts'

const app = await createApp(parseConfig(process.env))
process.stdout.write(`up ${await app.listen()}\n`)
for await (const address of createInterface({ input: process.stdin })) {
  await enqueue({ app }, recovery(address))
  process.stdout.write(`${address}\n`)
}
