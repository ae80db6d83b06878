/** Hashes that other systems made: published vectors, what is refused unhashed, and what the password is when it is typed. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { HASH_UNIT_NANOSECONDS, IMPORTS } from '../../src/policy/bounds.ts'
import { type ForeignPassword, type HashParameter, PASSWORD_HASH_FORMATS } from '../../src/policy/hash-formats.ts'
import { referenceArgon2, rustArgon2 } from '../../src/ports/hasher/argon2.ts'
import { costOf, encodeForeign, isImported } from '../../src/ports/hasher/imported/index.ts'
import { cheapHasher } from '../support/hasher.ts'
import { VECTORS } from './imported.vectors.ts'

const hasher = await cheapHasher(2)

const encode = (given: ForeignPassword): string => {
  const result = encodeForeign(given)
  if ('problem' in result) throw new Error(JSON.stringify(result))
  return result.encoded
}

/** Which part was refused; null if none was. */
const refused = (given: ForeignPassword): string | null => {
  const result = encodeForeign(given)
  return 'problem' in result ? result.problem.path : null
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const ofFormat = (format: ForeignPassword['format']) =>
  VECTORS.find(({ given }) => given.format === format) as (typeof VECTORS)[0]

describe('a published hash', () => {
  it.each(VECTORS.map((vector) => [`${vector.given.format} of ${vector.source}`, vector] as const))(
    'is verified, and no other password with it: %s',
    async (_name, { given, password }) => {
      const encoded = encode(given)
      expect(isImported(encoded)).toBe(true)
      expect(await hasher.verify(encoded, password)).toBe(true)
      for (const wrong of ['', `${password.slice(0, 40)}x`, `x${password}`])
        expect(await hasher.verify(encoded, wrong)).toBe(false)
    },
  )

  it('is there for each format that is offered', () => {
    expect(new Set(VECTORS.map(({ given }) => given.format))).toEqual(new Set(Object.keys(PASSWORD_HASH_FORMATS)))
  })

  it('is verified by either binding of Argon2', async () => {
    for (const binding of [await rustArgon2(), await referenceArgon2()])
      for (const { given, password } of VECTORS.filter((vector) => vector.given.format === 'ARGON2')) {
        const phc = encode(given).slice('$imported'.length)
        expect([await binding.verify(phc, password), await binding.verify(phc, 'wrong')], binding.name).toEqual([true, false])
      }
  })
})

describe('the stored string', () => {
  it('says all about itself, and says it the same way whatever form it came in', () => {
    const { given } = ofFormat('SHA256')
    const asBase64 = Buffer.from(given.hash, 'hex').toString('base64')
    const forms = [
      given.hash,
      given.hash.toUpperCase(),
      asBase64,
      asBase64.replace('=', '').replaceAll('+', '-').replaceAll('/', '_'),
    ]
    expect(new Set(forms.map((hash) => encode({ format: 'SHA256', hash }))).size).toBe(1)
    expect(encode({ format: 'MD5', hash: given.hash.slice(0, 32), salt: base64('s'), saltPosition: 'SUFFIX' })).toMatch(
      /^\$imported\$md5\$suffix\$cw\$/,
    )
    expect(encode(ofFormat('SCRYPT_FIREBASE').given)).toMatch(/^\$imported\$scrypt-firebase\$ln=14,r=8,p=1\$/)
    expect(
      encode({ format: 'ARGON2', hash: '$argon2id$v=19$p=1,t=2,m=256$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4=' }),
    ).toBe('$imported$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4')
  })

  it('takes a salt for one before the password where nothing else is said', async () => {
    const hash = createHash('sha1').update('saltpassword').digest('hex')
    const encoded = encode({ format: 'SHA1', hash, salt: base64('salt') })
    expect([await hasher.verify(encoded, 'password'), await hasher.verify(encoded, 'saltpassword')]).toEqual([true, false])
  })

  it('is not believed when it is none of ours', async () => {
    for (const encoded of ['$imported$', '$imported$md4$x', '$imported', '$imported$constructor$x', '$imported$__proto__$$'])
      expect(await hasher.verify(encoded, 'password')).toBe(false)
    expect(costOf(await hasher.hash('password'))).toBeNull()
  })
})

describe('a password', () => {
  const [typed, composed] = ['ｆull ﬁnger①', 'full finger1']
  const digestOf = (text: string) => encode({ format: 'SHA512', hash: createHash('sha512').update(text).digest('hex') })

  it('counts as it was typed, since the other system hashed that, and as we would have it after that', async () => {
    expect(typed.normalize('NFKC')).toBe(composed)
    expect(await hasher.verify(digestOf(typed), composed, typed)).toBe(true)
    expect(await hasher.verify(digestOf(composed), composed, typed)).toBe(true)
    expect(await hasher.verify(digestOf(typed), composed, composed)).toBe(false)
  })

  it('of our own hashes counts in its normal form alone', async () => {
    expect(await hasher.verify(await hasher.hash(composed), composed, typed)).toBe(true)
    expect(await hasher.verify(await hasher.hash(typed), composed, typed)).toBe(false)
  })

  it('waits in the same line as every other', async () => {
    const gated = await cheapHasher()
    const encoded = digestOf('password')
    let [most, isOver] = [0, false]
    const both = Promise.all([gated.verify(encoded, 'password'), gated.verify(encoded, 'password')])
    void both.finally(() => {
      isOver = true
    })
    while (!isOver) {
      most = Math.max(most, gated.load().waiting)
      await Promise.resolve()
    }
    expect(await both).toEqual([true, true])
    expect(most).toBe(1)
  })

  it('of many rounds of MD5 lets others have the event loop meanwhile', async () => {
    let turns = 0
    const count = setInterval(() => turns++, 0)
    await hasher.verify(encode({ format: 'PHPASS', hash: `$P$E${'a'.repeat(30)}` }), 'password')
    clearInterval(count)
    expect(turns).toBeGreaterThan(3)
  })
})

describe('refused, by its parameters and unhashed, is', () => {
  const argon2 = (m: number, t: number, p = 1) =>
    ({ format: 'ARGON2', hash: `$argon2id$v=19$m=${m},t=${t},p=${p}$c29tZXNhbHQ$${'A'.repeat(43)}` }) as const
  const scrypt = (more: Partial<ForeignPassword>) => ({ ...ofFormat('SCRYPT').given, ...more })
  const firebase = (more: Partial<ForeignPassword>) => ({ ...ofFormat('SCRYPT_FIREBASE').given, ...more })
  const pbkdf2 = (more: Partial<ForeignPassword>) => ({ ...ofFormat('PBKDF2').given, ...more })
  const bcrypt = (cost: number) => ({ format: 'BCRYPT', hash: `$2b$${String(cost).padStart(2, '0')}$${'a'.repeat(53)}` }) as const
  const phpass = (rounds: string) => ({ format: 'PHPASS', hash: `$P$${rounds}${'a'.repeat(30)}` }) as const

  it('what would take more than a GiB, and what takes a GiB is not', () => {
    expect(refused(argon2(1_048_577, 1))).toBe('hash')
    expect(refused(argon2(1_048_576, 1))).toBeNull()
    expect(refused(scrypt({ cost: 2 ** 22, blockSize: 16, parallelism: 1 }))).toBe('hash')
    expect(refused(firebase({ memoryCost: 30, rounds: 8 }))).toBe('hash')
  })

  it('what would take more than two seconds, and what takes one is not', () => {
    const most = (unit: keyof typeof HASH_UNIT_NANOSECONDS) => (IMPORTS.milliseconds * 1e6) / HASH_UNIT_NANOSECONDS[unit]
    expect(refused(pbkdf2({ iterations: Math.floor(most('pbkdf2')) }))).toBeNull()
    expect(refused(pbkdf2({ iterations: Math.floor(most('pbkdf2')) + 1 }))).toBe('hash')
    expect(refused(pbkdf2({ iterations: 1_000_000_000 }))).toBe('hash')
    expect(refused(pbkdf2({ iterations: 2 ** 31 }))).toBe('iterations')
    expect([refused(bcrypt(15)), refused(bcrypt(16)), refused(bcrypt(31))]).toEqual([null, 'hash', 'hash'])
    expect([refused(argon2(65_536, 3, 4)), refused(argon2(65_536, 4_000_000_000))]).toEqual([null, 'hash'])
    expect([refused(phpass('I')), refused(phpass('S'))]).toEqual([null, 'hash'])
    expect(refused(scrypt({ cost: 2 ** 20, blockSize: 1, parallelism: 1_024 }))).toBe('hash')
  })

  it.each<[string, ForeignPassword, string]>([
    ['nothing at all', { format: 'BCRYPT', hash: '' }, 'hash'],
    ['a hash of ten megabytes', { format: 'SHA256', hash: 'a'.repeat(10_485_760) }, 'hash'],
    ['a salt of ten megabytes', scrypt({ salt: 'a'.repeat(10_485_760) }), 'salt'],
    ['a hash with NUL', { format: 'MD5', hash: `${'a'.repeat(31)}\u0000` }, 'hash'],
    ['a digest of another length', { format: 'SHA256', hash: 'ab'.repeat(31) }, 'hash'],
    ['a digest that is neither hex nor base64', { format: 'MD5', hash: 'g'.repeat(32) }, 'hash'],
    ['a salt that is no base64', { format: 'MD5', hash: 'ab'.repeat(16), salt: '!' }, 'salt'],
    ['a position without a salt', { format: 'MD5', hash: 'ab'.repeat(16), saltPosition: 'PREFIX' }, 'saltPosition'],
    ['a bcrypt of another letter', { format: 'BCRYPT', hash: `$2x$10$${'a'.repeat(53)}` }, 'hash'],
    ['a bcrypt of a cost that there is not', bcrypt(3), 'hash'],
    ['an Argon2 of another kind', { format: 'ARGON2', hash: `$argon2x$v=19$m=64,t=1,p=1$c29tZXNhbHQ$${'A'.repeat(43)}` }, 'hash'],
    [
      'an Argon2 of another version',
      { format: 'ARGON2', hash: `$argon2id$v=20$m=64,t=1,p=1$c29tZXNhbHQ$${'A'.repeat(43)}` },
      'hash',
    ],
    ['an Argon2 without passes', argon2(64, 0), 'hash'],
    ['an Argon2 without lanes', argon2(64, 1, 0), 'hash'],
    ['an Argon2 with less memory than its lanes need', argon2(64, 1, 9), 'hash'],
    [
      'an Argon2 that says a parameter twice',
      { format: 'ARGON2', hash: `$argon2id$v=19$m=64,m=64,p=1$c29tZXNhbHQ$${'A'.repeat(43)}` },
      'hash',
    ],
    ['a scrypt without its salt', scrypt({ salt: null }), 'salt'],
    ['a scrypt whose N is no power of two', scrypt({ cost: 1_000 }), 'cost'],
    ['a scrypt whose N is negative', scrypt({ cost: -16_384 }), 'cost'],
    ['a scrypt with a key that is too short', scrypt({ hash: base64('short') }), 'hash'],
    ['a scrypt that says what belongs to another', scrypt({ iterations: 1 }), 'iterations'],
    ['a Firebase hash without its signer key', firebase({ signerKey: null }), 'signerKey'],
    ['a Firebase hash of another length than its signer key', firebase({ signerKey: base64('x'.repeat(32)) }), 'hash'],
    ['a PBKDF2 without its digest', pbkdf2({ digest: null }), 'digest'],
    ['a PBKDF2 of a digest that there is not', pbkdf2({ digest: 'constructor' }), 'digest'],
    ['a PBKDF2 without iterations', pbkdf2({ iterations: 0 }), 'iterations'],
    ['a phpass of too few rounds', phpass('.'), 'hash'],
    ['a bcrypt that says a cost besides', { ...bcrypt(10), cost: 10 }, 'cost'],
  ])('%s', (_name, given, path) => expect(refused(given)).toBe(path))

  it('told without a word of the hash, the salt or the key', () => {
    const secret = 'c2VjcmV0c2VjcmV0'
    const names: readonly HashParameter[] = ['salt', 'signerKey', 'saltSeparator', 'digest']
    for (const { given } of VECTORS) {
      const spoilt = Object.fromEntries([['hash', `${secret}!`], ...names.map((name) => [name, `${secret}!`])])
      expect(JSON.stringify(encodeForeign({ ...given, ...spoilt }))).not.toContain(secret)
    }
  })
})

describe('the cost of a stored hash', () => {
  it('is told by its parameters', () => {
    expect(costOf(encode(ofFormat('SCRYPT_FIREBASE').given))).toEqual({
      bytes: 128 * 8 * (16_384 + 1),
      milliseconds: (16_384 * 8 * HASH_UNIT_NANOSECONDS.scrypt) / 1e6,
    })
    expect(costOf(encode(ofFormat('BCRYPT').given))?.milliseconds).toBeCloseTo((32 * HASH_UNIT_NANOSECONDS.bcrypt) / 1e6)
    expect(costOf(encode(ofFormat('MD5').given))).toEqual({ bytes: 0, milliseconds: 0 })
  })

  it('allows as much as the documentation says', () => {
    const most = (unit: keyof typeof HASH_UNIT_NANOSECONDS) => (IMPORTS.milliseconds * 1e6) / HASH_UNIT_NANOSECONDS[unit]
    const text = (value: number) => Math.floor(value).toLocaleString('en-US')
    const documented = readFileSync('docs/imports.md', 'utf8').replaceAll('\n', ' ')
    expect(documented).toContain(`bcrypt up to cost ${Math.floor(Math.log2(most('bcrypt')))}`)
    expect(documented).toContain(`some ${text(Math.floor(most('argon2') / 1e5) * 1e5)} KiB times passes`)
    expect(documented).toContain(`scrypt up to N·r·p of ${text(most('scrypt'))}`)
    expect(documented).toContain(`PBKDF2 up to ${text(most('pbkdf2'))} iterations`)
  })
})
