import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openKeyring } from '../../src/ports/keyring/index.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'))
  folders.push(folder)
  return folder
}

const key = (id: string) => ({ id, key: randomBytes(32) })

describe('a signature', () => {
  const keyring = openKeyring([key('a')], null, randomBytes)
  const signed = keyring.sign('purpose', 'text')

  it('counts for its own text and purpose', () => {
    expect(keyring.verify('purpose', 'text', signed)).toBe(true)
  })

  it('counts for no other text, purpose or key, and not when it is cut or empty', () => {
    expect(keyring.verify('purpose', 'Text', signed)).toBe(false)
    expect(keyring.verify('another purpose', 'text', signed)).toBe(false)
    expect(keyring.verify('purpose', 'text', { ...signed, keyId: 'b' })).toBe(false)
    expect(keyring.verify('purpose', 'text', { ...signed, signature: signed.signature.slice(2) })).toBe(false)
    expect(keyring.verify('purpose', 'text', { ...signed, signature: '' })).toBe(false)
    expect(openKeyring([key('a')], null, randomBytes).verify('purpose', 'text', signed)).toBe(false)
  })
})

describe('a sealed text', () => {
  const [older, newer] = [key('2029.a'), key('2030')]
  const keyring = openKeyring([older], null, randomBytes)
  const sealed = keyring.seal('purpose', 'a secret link: ä')

  it('is opened for its purpose, by its key, also when a newer one has come', () => {
    expect(sealed).not.toContain('secret')
    expect(keyring.open('purpose', sealed)).toBe('a secret link: ä')
    expect(openKeyring([newer, older], null, randomBytes).open('purpose', sealed)).toBe('a secret link: ä')
    expect(keyring.open('purpose', keyring.seal('purpose', ''))).toBe('')
  })

  it('never looks the same twice', () => {
    expect(keyring.seal('purpose', 'text')).not.toBe(keyring.seal('purpose', 'text'))
  })

  it('is not opened for another purpose, without its key, or changed', () => {
    expect(keyring.open('another purpose', sealed)).toBeNull()
    expect(openKeyring([newer], null, randomBytes).open('purpose', sealed)).toBeNull()
    expect(openKeyring([{ ...newer, id: older.id }], null, randomBytes).open('purpose', sealed)).toBeNull()
    const at = sealed.lastIndexOf('.') + 1
    for (let index = at; index < sealed.length - 1; index++) {
      const changed = `${sealed.slice(0, index)}${sealed[index] === 'A' ? 'B' : 'A'}${sealed.slice(index + 1)}`
      expect(keyring.open('purpose', changed)).toBeNull()
    }
    for (const cut of ['', '2029.a', '2029.a.', sealed.slice(0, -2), sealed.slice(at)])
      expect(keyring.open('purpose', cut)).toBeNull()
  })
})

describe('the operator’s keys', () => {
  const [older, newer] = [key('2029'), key('2030')]

  it('rotate: the first one signs, and what an older one signed counts while it is there', () => {
    const signed = openKeyring([older], null, randomBytes).sign('purpose', 'text')
    const both = openKeyring([newer, older], null, randomBytes)
    expect(both.sign('purpose', 'text').keyId).toBe('2030')
    expect(both.verify('purpose', 'text', signed)).toBe(true)
    expect(openKeyring([newer], null, randomBytes).verify('purpose', 'text', signed)).toBe(false)
  })

  it('leave no key in the folder', () => {
    const folder = newFolder()
    openKeyring([newer], folder, randomBytes)
    expect(() => statSync(join(folder, 'keys'))).toThrow('ENOENT')
  })
})

describe('the folder’s own key', () => {
  it('is made once, for its owner’s eyes only, and is the same at every start', () => {
    const folder = join(newFolder(), 'data')
    const signed = openKeyring([], folder, randomBytes).sign('purpose', 'text')
    const file = join(folder, 'keys')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(openKeyring([], folder, randomBytes).verify('purpose', 'text', signed)).toBe(true)
    expect(openKeyring([], newFolder(), randomBytes).verify('purpose', 'text', signed)).toBe(false)
  })

  it('is the one that another node has made at the same moment', () => {
    const folder = newFolder()
    let other = openKeyring([key('none')], null, randomBytes)
    const slow = openKeyring([], folder, (size) => {
      other = openKeyring([], folder, randomBytes)
      return randomBytes(size)
    })
    expect(other.verify('purpose', 'text', slow.sign('purpose', 'text'))).toBe(true)
  })

  it('is never guessed: a damaged file keeps the server from starting, and says which file', () => {
    const folder = newFolder()
    for (const text of ['', 'embedded:', `embedded:${randomBytes(16).toString('base64')}\n`, 'nonsense']) {
      writeFileSync(join(folder, 'keys'), text)
      expect(() => openKeyring([], folder, randomBytes), text).toThrow(join(folder, 'keys'))
    }
  })

  it('lasts as long as the process where there is no folder', () => {
    const passing = openKeyring([], null, randomBytes)
    const signed = passing.sign('purpose', 'text')
    expect(passing.verify('purpose', 'text', signed)).toBe(true)
    expect(openKeyring([], null, randomBytes).verify('purpose', 'text', signed)).toBe(false)
  })
})
