/**
 * The common passwords, from the files of two packages whose own code is not run: the 10,000 of SecLists, held against their
 * checksum, and behind them the longer list of zxcvbn-ts, because of the first only 2,086 have 8 characters or more.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Dictionary, openDictionary } from '../../policy/dictionary.ts'

const LISTS = {
  most: 'common-password/lib/10k most common.txt',
  more: '@zxcvbn-ts/language-common/src/passwords.json',
} as const

/** SHA-256 of SecLists' 10k-most-common.txt: one a line, each line ended by LF. */
const CHECKSUM = '4adb3f0afb4a10cf19ebe48d8c69a46f934bbc8d77c694c210564f9583e7f4ba'

const read = (path: string): string => readFileSync(createRequire(import.meta.url).resolve(path), 'utf8')

/** @param text one password a line. @throws if it is not the list that was promised. */
export const checkedLines = (text: string, checksum = CHECKSUM): readonly string[] => {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const found = createHash('sha256')
    .update(`${lines.join('\n')}\n`)
    .digest('hex')
  if (found !== checksum) throw new Error(`the list of common passwords is not the one it should be; install ${LISTS.most} anew`)
  return lines
}

/** Reads once, at the start. @throws if a list is missing or is another. */
export const readDictionary = (): Dictionary =>
  openDictionary([...checkedLines(read(LISTS.most)), ...(JSON.parse(read(LISTS.more)) as string[])])
