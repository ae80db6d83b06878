import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, encode, headOf, lengthOf, ourRecipe } from '../../../src/ports/hasher/phc.ts'

const SALT = Buffer.alloc(16, 1)
const TAG = Buffer.alloc(32, 2)
const [SALT64, TAG64] = [SALT.toString('base64').replace(/=+$/, ''), TAG.toString('base64').replace(/=+$/, '')]
const phc = (parameters: string, variant = 'argon2id', version = '$v=19'): string =>
  `$${variant}${version}$${parameters}$${SALT64}$${TAG64}`

describe('a PHC string of ours', () => {
  it('begins with its head, is as long as the head says, and reads as it was written', () => {
    fc.assert(
      fc.property(
        fc.record({
          memoryKiB: fc.integer({ min: 128, max: 2_097_152 }),
          iterations: fc.integer({ min: 1, max: 16 }),
          parallelism: fc.integer({ min: 1, max: 16 }),
        }),
        fc.option(fc.stringMatching(/^[\w.-]{1,32}$/)),
        (parameters, pepperId) => {
          const encoded = encode(ourRecipe(parameters, SALT, pepperId), TAG)
          const head = headOf(parameters, pepperId)
          expect(encoded.startsWith(head)).toBe(true)
          expect(encoded).toHaveLength(lengthOf(head))
          const { memoryKiB, iterations, parallelism } = parameters
          expect(decode(encoded)).toEqual({
            recipe: { variant: 'id', version: 19, memoryKiB, iterations, parallelism, salt: SALT, tagBytes: 32, pepperId },
            tag: TAG,
          })
        },
      ),
    )
  })

  it('has no head that another one begins with', () => {
    const heads = [
      headOf({ memoryKiB: 19_456, iterations: 2, parallelism: 1 }, null),
      headOf({ memoryKiB: 19_456, iterations: 2, parallelism: 16 }, null),
      headOf({ memoryKiB: 19_456, iterations: 2, parallelism: 1 }, 'a'),
      headOf({ memoryKiB: 19_456, iterations: 2, parallelism: 1 }, 'ab'),
      headOf({ memoryKiB: 1_945, iterations: 2, parallelism: 1 }, null),
    ]
    for (const head of heads) expect(heads.filter((other) => other.startsWith(head))).toEqual([head])
  })
})

describe('a PHC string of others', () => {
  it('may name its parameters in any order, have no version, and be of any variant', () => {
    expect(decode(phc('t=2,p=1,m=64'))?.recipe).toMatchObject({ memoryKiB: 64, iterations: 2, parallelism: 1, pepperId: null })
    expect(decode(phc('m=64,t=2,p=1', 'argon2d', ''))?.recipe).toMatchObject({ variant: 'd', version: 16 })
    expect(decode(phc('m=64,t=2,p=1', 'argon2i', '$v=16'))?.recipe).toMatchObject({ variant: 'i', version: 16 })
  })

  it.each([
    ['nothing', ''],
    ['another algorithm', phc('m=64,t=2,p=1', 'argon2x')],
    ['another version', phc('m=64,t=2,p=1', 'argon2id', '$v=20')],
    ['a parameter too few', phc('m=64,t=2')],
    ['a parameter twice', phc('m=64,t=2,p=1,m=64')],
    ['a parameter nobody knows', phc('m=64,t=2,p=1,x=1')],
    ['associated data', phc('m=64,t=2,p=1,data=AAAA')],
    ['no number', phc('m=64,t=two,p=1')],
    ['a nought in front', phc('m=064,t=2,p=1')],
    ['no passes', phc('m=64,t=0,p=1')],
    ['too little memory for its lanes', phc('m=15,t=2,p=2')],
    ['more memory than any setting', phc('m=2097153,t=1,p=1')],
    ['more work than any setting', phc('m=2097152,t=17,p=1')],
    ['more lanes than can be', phc('m=65536,t=1,p=256')],
    ['an empty pepper', phc('m=64,t=2,p=1,keyid=')],
    ['a pepper that is no base64', phc('m=64,t=2,p=1,keyid=a=b')],
    ['a pepper that could be written otherwise', phc('m=64,t=2,p=1,keyid=YR')],
    ['a salt too short', `$argon2id$v=19$m=64,t=2,p=1$c2hvcnQ$${TAG64}`],
    ['a hash too short', `$argon2id$v=19$m=64,t=2,p=1$${SALT64}$AAA`],
    ['no hash', `$argon2id$v=19$m=64,t=2,p=1$${SALT64}$`],
    ['something behind it', `${phc('m=64,t=2,p=1')}$`],
    ['no end', `${phc('m=64,t=2,p=1')}${'A'.repeat(1_024)}`],
  ])('counts for nothing with %s', (_what, encoded) => expect(decode(encoded)).toBeNull())
})
