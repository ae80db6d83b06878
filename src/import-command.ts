/** What stands behind `gatehouse import`: its options, how far it is, and what it says in the end. */
import { readFile } from 'node:fs/promises'
import type { App } from './app.ts'
import type { Progress, Report } from './features/import/file.service.ts'
import { type FirebaseHashing, readFirebaseHashing } from './features/import/from-firebase.ts'
import { isSource, SOURCES, type SourceName } from './features/import/sources.ts'
import {
  type AccountFile,
  BrokenFile,
  formatOf,
  isFileFormat,
  openAccountFile,
  openRefusals,
} from './ports/account-file/index.ts'

type Options = Readonly<{
  path: string
  from: string
  format: string | undefined
  hashConfig: string | undefined
  dryRun: boolean
  restart: boolean
  admitAdmins: boolean
}>

type Wish = Pick<Options, 'path' | 'dryRun' | 'restart' | 'admitAdmins'> &
  Readonly<{ file: AccountFile; from: SourceName; format: string; firebase: FirebaseHashing | null }>

/** Options that make no sense, or a file that cannot be read. */
type Refusal = Readonly<{ refused: string; unreadable: boolean }>

const refuse = (refused: string, unreadable = false): Refusal => ({ refused, unreadable })

const FIREBASE_NEEDS = 'the hash parameters that the console of Firebase shows'

/** @returns the parameters, a refusal, or null where none were given. */
const readHashing = async (path: string | undefined): Promise<FirebaseHashing | Refusal | null> => {
  if (path === undefined) return null
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return refuse(`${path} cannot be read.`, true)
  return readFirebaseHashing(text) ?? refuse(`${path} does not hold ${FIREBASE_NEEDS}.`)
}

/** Looks at everything that can be looked at before the database is opened. */
export const readImport = async ({ from, hashConfig, ...options }: Options): Promise<Wish | Refusal> => {
  const { path } = options
  if (!isSource(from)) return refuse(`${from} is nothing to import from. There are: ${Object.keys(SOURCES).join(', ')}.`)
  const format = options.format ?? formatOf(path)
  if (format === null || !isFileFormat(format)) return refuse('Say --format ndjson, json or csv.')
  if (from === 'firebase' && hashConfig === undefined) return refuse(`Say --hash-config FILE, with ${FIREBASE_NEEDS}.`)
  const firebase = await readHashing(hashConfig)
  if (firebase !== null && 'refused' in firebase) return firebase
  const file = await openAccountFile(path, format).catch(() => null)
  return file === null ? refuse(`${path} cannot be read.`, true) : { ...options, file, from, format, firebase }
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const count = (value: number): string => value.toLocaleString('en-US')

/** How often a line says how far it is where no terminal is, in milliseconds. */
const SAY_EVERY_MS = 5_000

const BAR = 30

/** Shows how far it is: a bar that moves on a terminal, a line now and then elsewhere. */
const progressOf = (file: AccountFile) => {
  let said = Date.now()
  const isTerminal = process.stderr.isTTY
  return {
    show: ({ rows, imported, refused }: Progress): void => {
      const figures = `${count(rows)} rows, ${count(imported)} in, ${count(refused)} refused`
      const share = Math.min(1, file.progress())
      const [full, percent] = [Math.round(share * BAR), `${Math.floor(share * 100)} %`]
      if (isTerminal) process.stderr.write(`\r[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${percent}  ${figures}`)
      else if (Date.now() - said >= SAY_EVERY_MS) {
        said = Date.now()
        say(`${percent}: ${figures}`)
      }
    },
    end: (): void => void (isTerminal && process.stderr.write('\n')),
  }
}

/** The one line for standard output. */
const conclusion = ({ rows, imported, refused }: Report, dryRun: boolean, refusedPath: string): string =>
  `${rows} rows, ${imported} ${dryRun ? 'would go in' : 'imported'}, ${refused} refused${refused > 0 ? `: see ${refusedPath}` : ''}\n`

/** @returns whether every row is in. */
export const runImport = async (app: App, { path, file, from, format, firebase, ...wish }: Wish): Promise<boolean> => {
  const refusedPath = `${path}.${wish.dryRun ? 'dry-run.' : ''}refused.ndjson`
  const [progress, refusals] = [progressOf(file), await openRefusals(refusedPath)]
  const read = SOURCES[from]({ now: app.clock.now(), firebase })
  const name = `${file.fingerprint} ${from} ${format}`
  try {
    const report = await app.fileImports
      .run({ ...wish, file, read, refusals, name, onProgress: progress.show })
      .finally(progress.end)
    const { wasFinished, resumedAt, refused } = report
    if (wasFinished) say('This file was taken in before. Say --restart to look at each of its rows again.')
    else if (resumedAt > 0) say(`Went on behind row ${count(resumedAt - 1)}, where it had stopped.`)
    process.stdout.write(conclusion(report, wish.dryRun, refusedPath))
    return refused === 0
  } catch (error) {
    if (!(error instanceof BrokenFile)) throw error
    say(`${error.message} What stands before is in. Mend the file and start again: rows that are in will be refused as taken.`)
    return false
  } finally {
    await refusals.close()
  }
}
