import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { breaches, type Files } from './support/architecture.ts'

const src = new URL('../src/', import.meta.url)

const house = (): Files =>
  Object.fromEntries(
    readdirSync(src, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => /\.[cm]?[jt]s$/.test(path))
      .map((path) => [path, readFileSync(new URL(path, src), 'utf8')]),
  )

/** A file with a header and one line. */
const file = (line: string): string => `/** What it guarantees. */\n${line}\n`

describe('the house', () => {
  it('keeps its own law', () => {
    const files = house()
    expect(Object.keys(files).length).toBeGreaterThan(80)
    expect(breaches(files)).toEqual([])
  })
})

describe('the law', () => {
  const allowed: readonly (readonly [string, string])[] = [
    ['policy/access.ts', "import { notFound } from '../kernel/errors.ts'"],
    ['features/session/session.ts', "import type { Config } from '../../config.ts'"],
    ['features/session/session.store.ts', "import { sql } from '../../ports/db/index.ts'"],
    ['features/session/session.service.ts', "import * as store from './session.store.ts'"],
    ['features/session/session.service.ts', "import { actorOf } from '../event/event.ts'"],
    ['features/session/session.service.ts', "import type { EventService } from '../event/event.service.ts'"],
    ['features/session/session.graphql.ts', "import { AccountRef } from '../account/account.graphql.ts'"],
    ['features/session/session.service.ts', 'export const first = new Date(0)'],
    ['ports/bus/index.ts', "export const open = () => import('./redis.ts')"],
    ['ports/bus/redis.ts', "import { Redis } from 'ioredis'"],
    ['app.ts', "import { randomBytes } from 'node:crypto'\nexport const now = () => new Date()"],
    ['client/index.ts', "import { send } from './send.ts'"],
  ]
  it.each(allowed)('lets %s say: %s', (path, line) => expect(breaches({ [path]: file(line) })).toEqual([]))

  const refused: readonly (readonly [string, string, string])[] = [
    ['kernel/page.ts', "import { permit } from '../policy/access.ts'", 'policy is above kernel'],
    ['kernel/page.ts', "import { z } from 'zod'", 'the kernel knows no packages'],
    ['policy/access.ts', "import { open } from '../ports/bus/index.ts'", 'ports is above policy'],
    ['ports/bus/index.ts', "import { Session } from '../../features/session/session.ts'", 'only the rules of another'],
    ['ports/bus/index.ts', "export const f = () => import('../../http/ws.ts')", 'http is above ports'],
    ['features/session/session.ts', "import { actorOf } from '../event/event.ts'", 'only the rules of another'],
    ['features/session/session.ts', "export * from './session.store.ts'", 'store is above rules'],
    ['features/session/session.store.ts', "import '../account/account.store.ts'", 'belongs to the services of its own room'],
    ['features/session/session.service.ts', "import '../account/account.store.ts'", 'belongs to the services of its own room'],
    ['features/session/session.service.ts', "import { f } from '../event/event.service.ts'", 'only the rules of another'],
    ['features/session/session.service.ts', "import { GraphQLError } from 'graphql'", 'services do not know GraphQL'],
    ['features/session/session.service.ts', "import { PrismaClient } from '@prisma/client'", 'an engine is a port'],
    [
      'features/session/session.service.ts',
      "import { type Builder, f } from '../../graphql/builder.ts'",
      'graph is above service',
    ],
    ['features/session/session.graphql.ts', "import * as store from './session.store.ts'", 'the services of its own room'],
    ['features/session/session.service.ts', "import { readFileSync } from 'node:fs'", 'I/O has ports'],
    ['graphql/node.ts', "import { Redis } from 'ioredis'", 'an engine is a port'],
    ['graphql/node.ts', "import { body } from '../http/body.ts'", 'http is above graph'],
    ['http/ws.ts', "import { createApp } from '../app.ts'", 'root is above http'],
    ['http/ws.ts', "import '../features/session/session.store.ts'", 'the services of its own room'],
    ['http/ws.ts', "import '../client/index.ts'", 'stands on no floor'],
    ['client/index.ts', "import { ERROR_CODES } from '../kernel/errors.ts'", 'knows nothing of the server'],
    ['kernel/utils/strings.ts', '', 'stands on no floor'],
    ['utils.ts', '', 'stands on no floor'],
    ['features/session/session.helper.ts', '', 'stands on no floor'],
    ['kernel/time.ts', 'export const now = Date.now()', 'uses Date.now'],
    ['http/ws.ts', 'export const now = new Date()', 'uses new Date()'],
    ['graphql/node.ts', 'export const r = Math.random()', 'uses Math.random'],
    ['ports/log.ts', 'export const level = process.env.LOG_LEVEL', 'uses process.env'],
    ['ports/log.ts', "console.log('hello')", 'uses console'],
    ['kernel/secrets.ts', "import { randomBytes } from 'node:crypto'", 'uses randomBytes'],
    ['kernel/secrets.ts', 'export const id = crypto.randomUUID()', 'uses crypto.randomUUID'],
  ]
  it.each(refused)('finds that %s may not say: %s', (path, line, because) => {
    expect(breaches({ [path]: file(line) }).join('\n')).toContain(because)
  })

  it('finds a file without a header and a file that is too long', () => {
    const long = file('export const line = 1\n'.repeat(300))
    expect(breaches({ 'kernel/a.ts': 'export const a = 1\n', 'kernel/b.ts': long })).toEqual([
      'kernel/a.ts does not say at its top what it guarantees',
      'kernel/b.ts is longer than 300 lines',
    ])
    expect(breaches({ 'bin.cjs': `#!/usr/bin/env node\n${file('')}` })).toEqual([])
  })

  it('does not read words in comments and texts, nor generated files', () => {
    const innocent = file("// Date.now() is banned\nexport const text = 'new Date() and process.env'")
    expect(breaches({ 'kernel/a.ts': innocent, 'ports/db/generated/client.ts': 'Date.now()' })).toEqual([])
  })
})
