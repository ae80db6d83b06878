/** Salts, keys and digests as other systems write them. Whatever is read is bounded; whatever is compared takes its time. */
import { timingSafeEqual } from 'node:crypto'
import { IMPORTS } from '../../../policy/bounds.ts'
import type { HashParameter } from '../../../policy/hash-formats.ts'
import { refuse } from './format.ts'

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/
const HEX = /^[0-9a-f]+$/i

/** The usual alphabet or the one for URLs, padded or not. @returns null for anything else. */
const fromBase64 = (text: string): Buffer | null =>
  BASE64.test(text) && text.replace(/=+$/, '').length % 4 !== 1 ? Buffer.from(text, 'base64') : null

/** @throws UnreadableHash for what is no base64, or is empty, or longer than a salt may be. */
export const readBase64 = (path: 'hash' | HashParameter, text: string): Buffer => {
  const bytes = fromBase64(text) ?? refuse(path, 'Must be base64.')
  return bytes.length <= IMPORTS.saltBytes
    ? bytes
    : refuse(path, `Must be at most ${IMPORTS.saltBytes.toLocaleString('en-US')} bytes.`)
}

/** A digest of known size: hex or base64, told apart by its length. @throws UnreadableHash */
export const readDigest = (text: string, size: number): Buffer => {
  if (text.length === 2 * size && HEX.test(text)) return Buffer.from(text, 'hex')
  const bytes = fromBase64(text)
  return bytes?.length === size ? bytes : refuse('hash', `Must be ${size} bytes, in hex or base64.`)
}

/**
 * A derived key, whose size is its own: base64, or hex where every character is a hex digit, as no base64 of 16 bytes or
 * more is by chance. @throws UnreadableHash
 */
export const readKey = (text: string): Buffer => {
  const { min, max } = IMPORTS.keyBytes
  const bytes = text.length >= 2 * min && text.length % 2 === 0 && HEX.test(text) ? Buffer.from(text, 'hex') : fromBase64(text)
  return bytes !== null && bytes.length >= min && bytes.length <= max
    ? bytes
    : refuse('hash', `Must be ${min} to ${max.toLocaleString('en-US')} bytes, in base64 or hex.`)
}

/** As it is stored: the usual alphabet, unpadded, like in a PHC string. */
export const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

/** Whether two digests are the same, in a time that depends on their length alone. */
export const isSame = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b)

/** A whole number within bounds. @throws UnreadableHash */
export const readNumber = (path: HashParameter, value: number | null | undefined, min: number, max: number): number =>
  value != null && Number.isInteger(value) && value >= min && value <= max
    ? value
    : refuse(path, `Must be ${min} to ${max.toLocaleString('en-US')}.`)
