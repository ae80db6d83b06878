/**
 * Argon2id and nothing else, for some seconds, on whatever cores this process has: bare, or with `gate` through the server's own
 * hasher, with a crowd at its gate. Prints what it managed as JSON.
 */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { HASHING } from '../src/policy/bounds.ts'
import { openArgon2 } from '../src/ports/hasher/argon2.ts'
import { hashingCapacity } from '../src/ports/hasher/capacity.ts'
import { openHasher } from '../src/ports/hasher/index.ts'
import { openLog } from '../src/ports/log.ts'

const SECONDS = Number(process.argv[2] ?? 3)
const PASSWORD = 'correct horse battery'

/** As many as the server's gate lets in; and as many as a storm of sign-ins has. */
const [BARE, CROWD] = [Math.max(1, availableParallelism() - 1), 32]

const argon2 = await openArgon2()
const encoded = await argon2.hash(PASSWORD, randomBytes(16), HASHING)

const gated = async (): Promise<() => Promise<boolean>> => {
  const log = openLog('silent', () => new Date())
  const wiring = { random: randomBytes, log, parameters: async () => HASHING, peppers: [], capacity: hashingCapacity() }
  const hasher = await openHasher(wiring)
  return () => hasher.verify(encoded, PASSWORD)
}

const isGated = process.argv[3] === 'gate'
const verify = isGated ? await gated() : () => argon2.verify(encoded, PASSWORD)

let hashes = 0
const [began, before] = [performance.now(), process.cpuUsage()]
const loop = async (): Promise<void> => {
  while (performance.now() - began < SECONDS * 1000) {
    await verify()
    hashes++
  }
}
await Promise.all(Array.from({ length: isGated ? CROWD : BARE }, loop))
const { user, system } = process.cpuUsage(before)
const seconds = (performance.now() - began) / 1000
console.log(JSON.stringify({ binding: argon2.name, perSecond: hashes / seconds, cpuEach: (user + system) / hashes }))
