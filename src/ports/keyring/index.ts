/**
 * The installation's keys: the operator's ENCRYPTION_KEYS, or ones that the embedded mode makes once and keeps in its data
 * folder. The first key writes, all of them read. What is done with a key is done with one derived from it for that
 * purpose alone (HKDF, RFC 5869), so that nothing signed for one purpose counts for another.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../../kernel/secrets.ts'

export type Key = Readonly<{ id: string; key: Buffer }>

type Signature = Readonly<{ keyId: string; signature: string }>

export type Keyring = Readonly<{
  /** @param purpose what is signed; part of the key. */
  sign: (purpose: string, text: string) => Signature
  /** False for a wrong signature and for a key that is not there (any more). */
  verify: (purpose: string, text: string, signature: Signature) => boolean
  /** Encrypts (AES-256-GCM). @param purpose what it is, and whose; only the same purpose opens it. */
  seal: (purpose: string, text: string) => string
  /** Null for what was changed, sealed for another purpose, or with a key that is not there (any more). */
  open: (purpose: string, sealed: string) => string | null
}>

const derive = (key: Buffer, purpose: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `gatehouse ${purpose}`, 32))

const mac = (key: Key, purpose: string, text: string): Buffer =>
  createHmac('sha256', derive(key.key, purpose)).update(text).digest()

/** Bytes of an initialisation vector and of a tag (NIST SP 800-38D). */
const GCM = { iv: 12, tag: 16 } as const

const encrypt = (key: Buffer, iv: Buffer, text: string): Buffer => {
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: GCM.tag })
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** @throws if it was changed, or is another key's. */
const decrypt = (key: Buffer, sealed: Buffer): string => {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, GCM.iv), { authTagLength: GCM.tag })
  decipher.setAuthTag(sealed.subarray(-GCM.tag))
  return decipher.update(sealed.subarray(GCM.iv, -GCM.tag), undefined, 'utf8') + decipher.final('utf8')
}

/** @param keys at least one. */
const keyring = (keys: readonly [Key, ...Key[]], random: Random): Keyring => ({
  sign: (purpose, text) => ({ keyId: keys[0].id, signature: mac(keys[0], purpose, text).toString('base64url') }),
  verify: (purpose, text, { keyId, signature }) => {
    const key = keys.find(({ id }) => id === keyId)
    const given = Buffer.from(signature, 'base64url')
    return key !== undefined && given.length === 32 && timingSafeEqual(mac(key, purpose, text), given)
  },
  seal: (purpose, text) => {
    const sealed = encrypt(derive(keys[0].key, purpose), random(GCM.iv), text)
    return `${keys[0].id}.${sealed.toString('base64url')}`
  },
  open: (purpose, sealed) => {
    const at = sealed.lastIndexOf('.')
    const key = keys.find(({ id }) => id === sealed.slice(0, at))
    const bytes = Buffer.from(sealed.slice(at + 1), 'base64url')
    if (key === undefined || bytes.length < GCM.iv + GCM.tag) return null
    try {
      return decrypt(derive(key.key, purpose), bytes)
    } catch {
      return null
    }
  },
})

const FILE = 'keys'

/** @returns the folder's key, or null if there is none yet. @throws if the file holds no whole key: signing with half of one would prove nothing. */
const readKey = (file: string): Key | null => {
  try {
    const [id = '', text = ''] = readFileSync(file, 'utf8').trim().split(':')
    const key = Buffer.from(text, 'base64')
    if (id === '' || key.length !== 32) throw new Error(`${file} is damaged; put it back from a backup, or remove it`)
    return { id, key }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Reads the folder's key, or makes it, readable by its owner alone. Of several that make one, the first wins. */
const folderKey = (folder: string, random: Random): Key => {
  const file = join(folder, FILE)
  const known = readKey(file)
  if (known !== null) return known
  const made = { id: 'embedded', key: random(32) }
  const draft = `${file}.${random(6).toString('hex')}`
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(draft, `${made.id}:${made.key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, file) // whole or not at all, and never over another node's
    return made
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return readKey(file) ?? made
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * @param given the operator's keys, perhaps none.
 * @param folder where the embedded mode keeps its own; null: nowhere, so they last as long as the process.
 */
export const openKeyring = (given: readonly Key[], folder: string | null, random: Random): Keyring => {
  const [first, ...rest] = given
  if (first !== undefined) return keyring([first, ...rest], random)
  return keyring([folder === null ? { id: 'passing', key: random(32) } : folderKey(folder, random)], random)
}
