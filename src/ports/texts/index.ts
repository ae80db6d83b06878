/** The operator's own texts for mails and pages: a folder with one file a language. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @returns the name and the content of each .json file, by name. @throws if the folder or one of them cannot be read. */
export const readTexts = (folder: string): readonly Readonly<{ name: string; text: string }>[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
