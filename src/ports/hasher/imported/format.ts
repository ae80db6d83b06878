/**
 * What a format of foreign hashes is: how a hash is read from what somebody says, stored as one string that says all about
 * itself, read from there, weighed without being run, and verified.
 */
import { HASH_UNIT_NANOSECONDS } from '../../../policy/bounds.ts'
import type { ForeignPassword, HashParameter } from '../../../policy/hash-formats.ts'
import type { Argon2 } from '../index.ts'

/** What verifying takes, by the parameters alone. */
export type Cost = Readonly<{ bytes: number; milliseconds: number }>

/** A hash that somebody wants to bring and that is none: says which part and why, never what it was. */
export class UnreadableHash extends Error {
  readonly path: string
  constructor(path: 'hash' | HashParameter, message: string) {
    super(message)
    this.name = 'UnreadableHash'
    this.path = path
  }
}

/** @throws UnreadableHash */
export const refuse = (path: 'hash' | HashParameter, message: string): never => {
  throw new UnreadableHash(path, message)
}

type Description<Hash> = Readonly<{
  /** What the stored string begins with, behind the mark of imported ones. */
  names: readonly string[]
  /** What has to be said besides the hash, and what may be. Anything else is refused: it would not be looked at. */
  needs: readonly HashParameter[]
  takes?: readonly HashParameter[]
  /** @throws UnreadableHash */
  read: (given: ForeignPassword) => Hash
  /** As fields of the stored string, the name first. */
  write: (hash: Hash) => readonly string[]
  /** The same fields, as this code wrote them. */
  parse: (fields: readonly string[]) => Hash
  cost: (hash: Hash) => Cost
  verify: (hash: Hash, password: string, argon2: Argon2) => Promise<boolean>
}>

/** A stored hash, opened. */
export type Opened = Readonly<{ cost: Cost; verify: (password: string, argon2: Argon2) => Promise<boolean> }>

export type Format = Readonly<
  Pick<Description<never>, 'names' | 'needs' | 'takes'> & {
    /** @throws UnreadableHash */
    read: (given: ForeignPassword) => Readonly<{ fields: readonly string[]; cost: Cost }>
    open: (fields: readonly string[]) => Opened
  }
>

/** Hides how a format keeps its parts, so that all of them fit one table. */
export const format = <Hash>({ names, needs, takes = [], read, write, parse, cost, verify }: Description<Hash>): Format => ({
  names,
  needs,
  takes,
  read: (given) => {
    const hash = read(given)
    return { fields: write(hash), cost: cost(hash) }
  },
  open: (fields) => {
    const hash = parse(fields)
    return { cost: cost(hash), verify: (password, argon2) => verify(hash, password, argon2) }
  },
})

/** Milliseconds of so many units. */
export const taking = (algorithm: keyof typeof HASH_UNIT_NANOSECONDS, units: number): number =>
  (units * HASH_UNIT_NANOSECONDS[algorithm]) / 1e6

/** The parameters of a field such as `m=65536,t=2,p=1`. */
export const parametersOf = (field = ''): Readonly<Record<string, string>> =>
  Object.fromEntries(field.split(',').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]))
