/** Published test vectors of every format that is imported, each with where it was published. */
import type { ForeignPassword } from '../../src/policy/hash-formats.ts'

export type Vector = Readonly<{ source: string; password: string; given: ForeignPassword }>

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const fromHex = (hex: string): string => Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('base64')

const ARGON2 = 'test.c of the reference implementation (P-H-C/phc-winner-argon2)'
const BLOWFISH = 'crypt_blowfish 1.3 by Openwall, wrapper.c'
const RFC_7914 = 'RFC 7914'
const FIREBASE = 'README of github.com/firebase/scrypt'
const FIPS_180 = 'NIST, examples of FIPS 180-4: "abc"'
const FIPS_202 = 'NIST, examples of FIPS 202: "abc"'
const HASHCAT = 'example hashes of hashcat'
const RFC_6070 = 'RFC 6070'

const crypt = (source: string, format: ForeignPassword['format'], password: string, hash: string): Vector => ({
  source,
  password,
  given: { format, hash },
})

const digest = (source: string, format: ForeignPassword['format'], hash: string): Vector => crypt(source, format, 'abc', hash)

const salted = (format: ForeignPassword['format'], saltPosition: 'PREFIX' | 'SUFFIX', hash: string, salt: string): Vector => ({
  source: HASHCAT,
  password: 'hashcat',
  given: { format, hash, salt: base64(salt), saltPosition },
})

/** They take little, so that all of them are verified in no time. */
export const VECTORS: readonly Vector[] = [
  crypt(ARGON2, 'ARGON2', 'password', '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8'),
  crypt(ARGON2, 'ARGON2', 'password', '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'),
  crypt(ARGON2, 'ARGON2', 'password', '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc'),
  crypt(ARGON2, 'ARGON2', 'password', '$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY'),
  crypt(BLOWFISH, 'BCRYPT', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'),
  crypt(BLOWFISH, 'BCRYPT', 'U*U*U', '$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'),
  crypt(
    BLOWFISH,
    'BCRYPT',
    '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored',
    '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
  ),
  // the same function under the names that OpenBSD and PHP gave it
  crypt(BLOWFISH, 'BCRYPT', 'U*U', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'),
  crypt(BLOWFISH, 'BCRYPT', 'U*U', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'),
  {
    source: RFC_7914,
    password: 'password',
    given: {
      format: 'SCRYPT',
      hash: fromHex(
        'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
      ),
      salt: base64('NaCl'),
      cost: 1024,
      blockSize: 8,
      parallelism: 16,
    },
  },
  {
    source: RFC_7914,
    password: 'pleaseletmein',
    given: {
      format: 'SCRYPT',
      hash: '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      salt: base64('SodiumChloride'),
      cost: 16_384,
    },
  },
  {
    source: FIREBASE,
    password: 'user1password',
    given: {
      format: 'SCRYPT_FIREBASE',
      hash: 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
      salt: '42xEC+ixf3L2lw==',
      saltSeparator: 'Bw==',
      signerKey: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
      memoryCost: 14,
      rounds: 8,
    },
  },
  crypt('test.php of phpass 0.3 by Openwall', 'PHPASS', 'test12345', '$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0'),
  crypt('tests of passlib 1.7, phpass', 'PHPASS', 'test1', '$H$9aaaaaSXBjgypwqm.JsMssPLiS8YQ00'),
  digest('RFC 1321, test suite', 'MD5', '900150983cd24fb0d6963f7d28e17f72'),
  digest(FIPS_180, 'SHA1', 'a9993e364706816aba3e25717850c26c9cd0d89d'),
  digest(FIPS_180, 'SHA224', '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'),
  digest(FIPS_180, 'SHA256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'),
  digest(FIPS_180, 'SHA384', 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7'),
  digest(
    FIPS_180,
    'SHA512',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ),
  digest(FIPS_180, 'SHA512_224', '4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa'),
  digest(FIPS_180, 'SHA512_256', '53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23'),
  digest(FIPS_202, 'SHA3_224', 'e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf'),
  digest(FIPS_202, 'SHA3_256', '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532'),
  digest(
    FIPS_202,
    'SHA3_384',
    'ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25',
  ),
  digest(
    FIPS_202,
    'SHA3_512',
    'b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0',
  ),
  salted('MD5', 'SUFFIX', '01dfae6e5d4d90d9892622325959afbe', '7050461'),
  salted('MD5', 'PREFIX', 'f0fda58630310a6dd91a7d8f0a4ceda2', '4225637426'),
  salted('SHA1', 'SUFFIX', '2fc5a684737ce1bf7b3b239df432416e0dd07357', '2014'),
  salted('SHA1', 'PREFIX', 'cac35ec206d868b7d7cb0b55f31d9425b075082b', '5363620024'),
  salted('SHA256', 'SUFFIX', 'c73d08de890479518ed60cf670d17faa26a4a71f995c1dcc978165399401a6c4', '53743528'),
  salted('SHA256', 'PREFIX', 'eb368a2dfd38b405f014118c7d9747fcc97f4f0ee75c05963cd9da6ee65ef498', '560407001617'),
  salted(
    'SHA512',
    'SUFFIX',
    'e5c3ede3e49fb86592fb03f471c35ba13e8d89b8ab65142c9a8fdafb635fa2223c24e5558fd9313e8995019dcbec1fb584146b7bb12685c7765fc8c0d51379fd',
    '6352283260',
  ),
  salted(
    'SHA512',
    'PREFIX',
    '976b451818634a1e2acba682da3fd6efa72adf8a7a08d7939550c244b237c72c7d42367544e826c0c83fe5c02f97c0373b6b1386cc794bf0d21d2df01bb9c08a',
    '2613516180127',
  ),
  {
    source: RFC_6070,
    password: 'password',
    given: {
      format: 'PBKDF2',
      hash: fromHex('4b007901b765489abead49d926f721d065a429c1'),
      salt: base64('salt'),
      iterations: 4_096,
      digest: 'SHA-1',
    },
  },
  {
    source: RFC_6070,
    password: 'passwordPASSWORDpassword',
    given: {
      format: 'PBKDF2',
      hash: '3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038',
      salt: base64('saltSALTsaltSALTsaltSALTsaltSALTsalt'),
      iterations: 4_096,
      digest: 'sha1',
    },
  },
  {
    source: RFC_7914,
    password: 'passwd',
    given: {
      format: 'PBKDF2',
      hash: '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
      salt: base64('salt'),
      iterations: 1,
      digest: 'sha256',
    },
  },
]
