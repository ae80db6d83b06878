/** Argon2i, Argon2d and Argon2id as PHC strings, versions 1.0 and 1.3 (RFC 9106). */
import { base64, readBase64 } from './bytes.ts'
import { format, parametersOf, refuse, taking } from './format.ts'

type Hash = Readonly<{ variant: string; version: number; m: number; t: number; p: number; salt: string; key: string }>

const PHC = /^\$(argon2(?:i|d|id))(?:\$v=(\d{1,3}))?\$([a-z]=\d{1,10}(?:,[a-z]=\d{1,10}){2})\$([^$]+)\$([^$]+)$/

/** Salt and key of the sizes that every implementation takes. */
const within = (text: string, min: number, max: number): string => {
  const bytes = readBase64('hash', text)
  return bytes.length >= min && bytes.length <= max
    ? base64(bytes)
    : refuse('hash', 'Salt or key have a size that Argon2 has not.')
}

/** With its parameters in the order that strict decoders demand, whatever it was. */
const phc = ({ variant, version, m, t, p, salt, key }: Hash): readonly string[] => [
  variant,
  `v=${version}`,
  `m=${m},t=${t},p=${p}`,
  salt,
  key,
]

export const argon2 = format<Hash>({
  names: ['argon2i', 'argon2d', 'argon2id'],
  needs: [],
  read: ({ hash }) => {
    const [, variant = '', version = '16', parameters = '', salt = '', key = ''] =
      PHC.exec(hash) ?? refuse('hash', 'Must be a PHC string such as $argon2id$v=19$m=65536,t=3,p=4$salt$key.')
    const given = parametersOf(parameters)
    const [m, t, p] = [Number(given.m), Number(given.t), Number(given.p)]
    const sound = (version === '16' || version === '19') && p >= 1 && p <= 255 && t >= 1 && m >= 8 * p
    if (!sound) refuse('hash', 'Must have a version of 16 or 19, a lane or more, a pass or more, and 8 KiB or more a lane.')
    return { variant, version: Number(version), m, t, p, salt: within(salt, 8, 64), key: within(key, 12, 128) }
  },
  write: phc,
  parse: ([variant = '', version = '', parameters, salt = '', key = '']) => {
    const { m, t, p } = parametersOf(parameters)
    return { variant, version: Number(version.slice(2)), m: Number(m), t: Number(t), p: Number(p), salt, key }
  },
  cost: ({ m, t }) => ({ bytes: m * 1024, milliseconds: taking('argon2', m * t) }),
  verify: (hash, password, binding) => binding.verify(`$${phc(hash).join('$')}`, password),
})
