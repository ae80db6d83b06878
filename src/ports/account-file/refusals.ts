/** The rows that were refused, one JSON line each, in a file that only its owner reads. */
import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'

export type Refusals = Readonly<{
  /**
   * Writes lines so that the file ends behind them, whatever stood there from `at` on; on disk when it returns.
   * @returns the length of the file.
   */
  write: (at: number, lines: readonly string[]) => Promise<number>
  close: () => Promise<void>
}>

/** Makes no file as long as there is nothing to write. */
export const openRefusals = async (path: string): Promise<Refusals> => {
  let size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  let file: FileHandle | null = null
  return {
    write: async (at, lines) => {
      if (lines.length === 0 && at === size) return at
      file ??= await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
      const text = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      await file.truncate(at)
      await file.write(text, 0, text.length, at)
      await file.datasync()
      size = at + text.length
      return size
    },
    close: async () => file?.close(),
  }
}
