/** bcrypt, by the native binding, which works off the event loop. Loaded when the first such hash is looked at. */
import { format, refuse, taking } from './format.ts'

type Hash = Readonly<{ cost: number; rest: string }>

const CRYPT = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{53})$/

/** bcrypt has no cost below. */
const LEAST_COST = 4

export const bcrypt = format<Hash>({
  names: ['2a', '2b', '2y'],
  needs: [],
  read: ({ hash }) => {
    const [, cost = '', rest = ''] =
      CRYPT.exec(hash) ?? refuse('hash', 'Must be a crypt string such as $2b$10$… of 60 characters.')
    if (Number(cost) < LEAST_COST) refuse('hash', `Must have a cost of ${LEAST_COST} or more.`)
    return { cost: Number(cost), rest }
  },
  // the letters tell implementations apart that agree on every password of up to 254 bytes; beyond, only b is what others make
  write: ({ cost, rest }) => ['2b', String(cost).padStart(2, '0'), rest],
  parse: ([, cost = '', rest = '']) => ({ cost: Number(cost), rest }),
  cost: ({ cost }) => ({ bytes: 4_096, milliseconds: taking('bcrypt', 2 ** cost) }),
  verify: async ({ cost, rest }, password) => {
    const { default: binding } = await import('bcrypt')
    return binding.compare(password, `$2b$${String(cost).padStart(2, '0')}$${rest}`)
  },
})
