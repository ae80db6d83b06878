import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { testApp } from '../../../support/app.ts'
import { SAMPLES } from './samples.ts'

describe('a server with texts of its operator', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-texts-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'en.json'), JSON.stringify({ brand: 'Acme' }))
  writeFileSync(join(folder, 'nl.json'), JSON.stringify({ mails: { 'password-recovery': { subject: 'Nieuw wachtwoord' } } }))
  const app = await testApp({ env: { MAIL_TEXTS: folder } })
  const { db, messages } = app.app

  it('writes its mails with them', async () => {
    const data = SAMPLES['password-recovery']
    for (const locale of ['nl', 'de'])
      await db.transaction((tx) =>
        messages.enqueue(tx, { kind: 'password-recovery', to: `${locale}@example.com`, locale, data, accountId: null }),
      )
    await app.app.delivered()
    const operator = await app.key('MESSAGES_READ')
    const { nodes } = (await operator.gql('{ messages { nodes { to subject text } } }')).data.messages
    expect(nodes).toHaveLength(2)
    expect(nodes).toEqual(
      expect.arrayContaining([
        { to: 'nl@example.com', subject: 'Nieuw wachtwoord', text: expect.stringMatching(/^Acme\n\nHello Ada Lovelace,\n/) },
        { to: 'de@example.com', subject: 'Neues Passwort festlegen', text: expect.stringMatching(/^Acme\n\nGuten Tag Ada/) },
      ]),
    )
  })
})
