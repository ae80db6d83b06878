/** What the configuration says of the ports: which adapter, under which name; and what is wrong with it that only the machine can tell. */
import { existsSync } from 'node:fs'
import { BadConfiguration, type Config } from './config.ts'
import type { Overrides as Texts } from './features/message/texts/catalogue.ts'
import { checkTexts } from './features/message/texts/check.ts'
import type { CopiesConfig } from './ports/copies/index.ts'
import type { LimiterConfig } from './ports/limiter/index.ts'
import { readTexts } from './ports/texts/index.ts'

/** Where prisma/migrations is, whether this file runs from src/ or from dist/. */
export const migrationsFolder = (): URL => {
  const candidates = ['../prisma/migrations/', '../../prisma/migrations/'].map((path) => new URL(path, import.meta.url))
  return candidates.find((url) => existsSync(url)) ?? candidates[0] ?? new URL(import.meta.url)
}

/** Several nodes may share a database: only Redis, or being alone, makes copies of sessions safe. */
export const copiesConfig = (config: Config, name: string): CopiesConfig => {
  if (config.redisUrl !== null) return { kind: 'redis', url: config.redisUrl, prefix: `gatehouse:${name}` }
  return { kind: config.database.kind === 'embedded' ? 'embedded' : 'none' }
}

/** The same for attempts: what nodes without Redis share is their PostgreSQL. */
export const limiterConfig = (config: Config, name: string): LimiterConfig => {
  if (config.redisUrl !== null) return { kind: 'redis', url: config.redisUrl, prefix: `gatehouse:${name}` }
  return { kind: config.database.kind }
}

/** What stands behind the @ of a Message-ID. */
export const messageDomain = ({ mailer, publicUrl }: Config): string =>
  mailer.kind === 'smtp'
    ? mailer.from.address.slice(mailer.from.address.lastIndexOf('@') + 1)
    : (publicUrl?.hostname ?? 'localhost')

/** What the system says of a folder that cannot be made or written. */
const FOLDER_ERRORS: ReadonlySet<unknown> = new Set(['EEXIST', 'ENOTDIR', 'EACCES', 'EROFS', 'ENOENT'])

export const unusableFolder = (error: NodeJS.ErrnoException): never => {
  throw FOLDER_ERRORS.has(error.code)
    ? new BadConfiguration([{ variable: 'DATA_DIR', problem: 'cannot be made or written' }])
    : error
}

/** Runs what only the machine can tell to be wrong about a variable. @throws BadConfiguration, without the value. */
export const checked = <T>(variable: string, problem: string, open: () => T): T => {
  try {
    return open()
  } catch {
    throw new BadConfiguration([{ variable, problem }])
  }
}

/** The operator's own texts. @throws BadConfiguration with everything that is wrong with them. */
export const openTexts = (folder: string | null): Texts => {
  if (folder === null) return {}
  const { overrides, problems } = checkTexts(
    checked('MAIL_TEXTS', 'is no folder whose files can be read', () => readTexts(folder)),
  )
  if (problems.length > 0) throw new BadConfiguration(problems.map((problem) => ({ variable: 'MAIL_TEXTS', problem })))
  return overrides
}
