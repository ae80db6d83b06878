/** What only the machine can tell to be wrong with a variable: said as `config.ts` says it, by name and never by value. */
import { BadConfiguration } from './config.ts'
import type { Overrides as Texts } from './features/message/texts/catalogue.ts'
import { checkTexts } from './features/message/texts/check.ts'
import { readTexts } from './ports/texts/index.ts'

/** What the system says of a folder that cannot be made or written. */
const FOLDER_ERRORS: ReadonlySet<unknown> = new Set(['EEXIST', 'ENOTDIR', 'EACCES', 'EROFS', 'ENOENT'])

/** @throws BadConfiguration where the data folder is to blame, else the error. */
export const unusableFolder = (error: NodeJS.ErrnoException): never => {
  throw FOLDER_ERRORS.has(error.code)
    ? new BadConfiguration([{ variable: 'DATA_DIR', problem: 'cannot be made or written' }])
    : error
}

/** @throws BadConfiguration, without the value, if `open` fails. */
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
