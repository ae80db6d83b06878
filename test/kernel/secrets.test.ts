import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashSecret, looksLikeSecret, makeSecret, SECRET_PREFIXES } from '../../src/kernel/secrets.ts'

describe('a secret', () => {
  it('is its prefix and 32 bytes of the random source as base64url', () => {
    const asked: number[] = []
    const random = (bytes: number) => {
      asked.push(bytes)
      return Buffer.alloc(bytes, 0xfb)
    }
    const secret = makeSecret(random, SECRET_PREFIXES.session)
    expect(secret).toBe(`gst_${Buffer.alloc(32, 0xfb).toString('base64url')}`)
    expect(asked).toEqual([32])
    expect(makeSecret(random)).toBe(secret.slice(4))
  })

  it('is recognised by its shape under its own prefix only', () => {
    const secret = makeSecret(randomBytes, SECRET_PREFIXES.session)
    expect(looksLikeSecret(secret, SECRET_PREFIXES.session)).toBe(true)
    expect(looksLikeSecret(secret, SECRET_PREFIXES.apiKey)).toBe(false)
    expect(looksLikeSecret(secret)).toBe(false)
    expect(looksLikeSecret(secret.slice(4))).toBe(true)
  })

  it('always looks like one, and nothing of another length or alphabet does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) =>
        looksLikeSecret(
          makeSecret(() => Buffer.from(bytes), 'gak_'),
          'gak_',
        ),
      ),
    )
    const body = 'A'.repeat(43)
    for (const text of ['', 'gst_', `gst_${body}A`, `gst_${body.slice(1)}`, `gst_${body.slice(1)}=`, `gst_${body.slice(1)}+`])
      expect(looksLikeSecret(text, 'gst_'), text).toBe(false)
    expect(looksLikeSecret(`gst_${body.slice(1)}\n`, 'gst_')).toBe(false)
    expect(looksLikeSecret(`GST_${body}`, 'gst_')).toBe(false)
  })

  it('is kept as its SHA-256', () => {
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => (a === b) === (hashSecret(a) === hashSecret(b))))
  })
})
