import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openEngine } from '../../src/ports/db/index.ts'
import { FolderInUse, lockFolder } from '../../src/ports/db/lock.ts'

const base = mkdtempSync(join(tmpdir(), 'gatehouse-lock-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

let folders = 0
const newFolder = (): string => {
  const folder = join(base, String(++folders))
  mkdirSync(folder)
  return folder
}

/** Another process that holds the lock of a folder until it is killed, and leaves its socket behind. */
const otherProcess = async (folder: string) => {
  const script = "require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))"
  const child = spawn(process.execPath, ['-e', script, join(folder, 'lock')], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return {
    kill: () =>
      new Promise<void>((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGKILL')
      }),
  }
}

describe('the lock of a data folder', () => {
  it('is had by one at a time, and given back', async () => {
    const folder = newFolder()
    const unlock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toThrow(FolderInUse)
    await expect(lockFolder(folder)).rejects.toThrow(folder)
    await unlock()
    const again = await lockFolder(folder)
    await again()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is respected while another process lives, and taken over once it was killed', async () => {
    const folder = newFolder()
    const other = await otherProcess(folder)
    await expect(lockFolder(folder)).rejects.toThrow(FolderInUse)
    await other.kill()
    expect(existsSync(join(folder, 'lock'))).toBe(true)
    const unlock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toThrow(FolderInUse)
    await unlock()
  })

  it('of a dead process is taken over by one of many who try at once', async () => {
    const folder = newFolder()
    await (await otherProcess(folder)).kill()
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const attempt of tries) if (attempt.status === 'rejected') expect(attempt.reason).toBeInstanceOf(FolderInUse)
    await expect(lockFolder(folder)).rejects.toThrow(FolderInUse)
  })

  it('works in a folder whose path is too long for a socket', async () => {
    const folder = join(newFolder(), 'x'.repeat(120))
    mkdirSync(folder)
    const unlock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toThrow(FolderInUse)
    await unlock()
    await (await lockFolder(folder))()
  })

  it('keeps a second engine from the folder, and lets it in after the first', async () => {
    const folder = newFolder()
    const first = await openEngine({ kind: 'embedded', folder })
    await expect(openEngine({ kind: 'embedded', folder })).rejects.toThrow(FolderInUse)
    expect(await first.ping()).toBe(true)
    await first.close()
    const second = await openEngine({ kind: 'embedded', folder })
    expect(await second.ping()).toBe(true)
    await second.close()
  })
})
