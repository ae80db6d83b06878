/** Opens the files and folders that variables name. Whatever is wrong with one is told by the variable's name, never by its value. */
import { BadConfiguration, type Config } from './config.ts'
import type { Overrides as Texts } from './features/message/texts/catalogue.ts'
import { checkTexts } from './features/message/texts/check.ts'
import { type Breached, openBreached } from './ports/breached/index.ts'
import { type Locate, openGeo } from './ports/geo/index.ts'
import type { Log } from './ports/log.ts'
import { readTexts } from './ports/texts/index.ts'

/** What the system says of a folder that cannot be made or written. */
const FOLDER_ERRORS: ReadonlySet<unknown> = new Set(['EEXIST', 'ENOTDIR', 'EACCES', 'EROFS', 'ENOENT'])

/** @throws BadConfiguration where it is the data folder that is at fault, else the error itself. */
export const unusableFolder = (error: NodeJS.ErrnoException): never => {
  throw FOLDER_ERRORS.has(error.code)
    ? new BadConfiguration([{ variable: 'DATA_DIR', problem: 'cannot be made or written' }])
    : error
}

/** Runs what only the machine can tell to be wrong about a variable. @throws BadConfiguration, without the value. */
const checked = <T>(variable: string, problem: string, open: () => T): T => {
  try {
    return open()
  } catch {
    throw new BadConfiguration([{ variable, problem }])
  }
}

/** The operator's own texts. @throws BadConfiguration with everything that is wrong with them. */
const openTexts = (folder: string | null): Texts => {
  if (folder === null) return {}
  const { overrides, problems } = checkTexts(
    checked('MAIL_TEXTS', 'is no folder whose files can be read', () => readTexts(folder)),
  )
  if (problems.length > 0) throw new BadConfiguration(problems.map((problem) => ({ variable: 'MAIL_TEXTS', problem })))
  return overrides
}

/** @throws BadConfiguration */
export const openOperatorFiles = (config: Config, log: Log): { locate: Locate; texts: Texts; breached: Breached } => ({
  locate: checked('GEO_DATABASE', 'cannot be read as a MaxMind database', () => openGeo(config.geoDatabase)),
  texts: openTexts(config.mailTexts),
  breached: checked('BREACHED_FILTER', 'is no file that build-breach-filter made, or cannot be read', () =>
    openBreached(config.breached, log),
  ),
})
