import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)

/** What `npm run demo` runs, without npm. */
const demo = async (): Promise<string> => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const [command, file] = scripts.demo.split(' ')
  expect(command).toBe('tsx')
  return (await run(process.execPath, ['node_modules/tsx/dist/cli.mjs', file], { timeout: 90_000 })).stdout
}

describe('the demo', () => {
  it('plays the whole story on a real server and prints it with its times', { timeout: 100_000 }, async () => {
    const told = (await demo()).split('\n').slice(2).filter(Boolean)
    const steps = told.map((line) => /^ *\d+ ms +\(\+\d+\) {2}(.+)$/.exec(line)?.[1] ?? `not a step: ${line}`)
    const ulid = '[0-9A-HJKMNP-TV-Z]{26}'
    expect(steps).toEqual([
      expect.stringMatching(/^The server is up at http:\/\/127\.0\.0\.1:\d+\/graphql/),
      expect.stringMatching(new RegExp(`^Ada signs up .* session ses_${ulid}\\.$`)),
      expect.stringMatching(/^She subscribes to sessionAlerts/),
      expect.stringMatching(new RegExp(`^Somebody else signs in .* session ses_${ulid}\\.$`)),
      expect.stringMatching(/^The alert arrives .* a new device, Chrome on Windows, from 127\.0\.0\.1\.$/),
      expect.stringMatching(/^The stranger listens too/),
      expect.stringMatching(/^She reports it/),
      expect.stringMatching(/closes: 4401 REPORTED\.$/),
      expect.stringMatching(/signedOutReason is REPORTED, account is null\.$/),
      expect.stringMatching(/PASSWORD_RESET_REQUIRED\. Ada's own session lives on\.$/),
      expect.stringMatching(/^Grace signs up .* no page of hers is open\.$/),
      expect.stringMatching(new RegExp(`^Somebody else signs in .* session ses_${ulid}\\.$`)),
      expect.stringMatching(/^A mail .* "New sign-in to your account", .* http:\/\/localhost:\d+\/alerts\/review\.$/),
      expect.stringMatching(/^She opens it: .* Nothing has changed, the stranger is still signed in\.$/),
      expect.stringMatching(/^She presses "It wasn’t me": "We ended 1 session\."/),
      expect.stringMatching(/closes: 4401 REPORTED\.$/),
      expect.stringMatching(/signedOutReason is REPORTED, account is null\.$/),
      expect.stringMatching(/PASSWORD_RESET_REQUIRED\. The link in the mail is used up: "This link no longer works"\.$/),
      'The server has stopped. Everything went as told.',
    ])
  })
})
