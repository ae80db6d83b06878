import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { buildFilter } from '../../../src/ports/breached/filter-builder.ts'
import { testApp } from '../../support/app.ts'
import { sha1Of } from '../../support/range.ts'
import { INVITATIONS } from '../../support/teams.ts'
import { PATHS, TAKEN } from './paths.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-filter-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const BREACHED_FILTER = join(folder, 'breached.filter')
const BREACHED = 'wintry meadow lantern'
writeFileSync(join(folder, 'list.txt'), `${sha1Of(BREACHED)}:42\r\n`)
buildFilter(join(folder, 'list.txt'), BREACHED_FILTER, 0.0001)

const app = await testApp({ env: { BREACHED_FILTER, ...INVITATIONS } })

describe('with a filter file', () => {
  it.each(Object.entries(PATHS))('%s refuses breached passwords as soon as that is switched on', async (_name, { prepare }) => {
    await app.settings({ passwords: { breached: false } })
    expect((await (await prepare(app))(BREACHED)).__typename).toMatch(TAKEN)
    await app.settings({ passwords: { breached: true, whenBreachedUnknown: 'REFUSE' } })
    expect((await (await prepare(app))(BREACHED)).rules).toEqual(['BREACHED'])
    expect((await (await prepare(app))('wintry meadow')).__typename).toMatch(TAKEN)
  })
})

describe('a node whose source was taken away', () => {
  it('cannot say, and does what the settings say', async () => {
    const other = await testApp()
    const data = { passwords: { breached: true, whenBreachedUnknown: 'REFUSE' } }
    await other.app.db.read.settings.update({ where: { id: 1 }, data: { data } })
    expect(await (await PATHS.signUp.prepare(other))(BREACHED)).toMatchObject({ refusal: 'SERVICE_UNAVAILABLE' })
    await other.settings({ passwords: { whenBreachedUnknown: 'ACCEPT' } })
    expect((await (await PATHS.signUp.prepare(other))(BREACHED)).__typename).toBe('SignInPayload')
  })
})
