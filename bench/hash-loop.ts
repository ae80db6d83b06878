/** Argon2id and nothing else, for some seconds, on whatever cores this process has. Prints what it managed as JSON. */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { HASHING } from '../src/policy/bounds.ts'
import { openArgon2 } from '../src/ports/hasher/argon2.ts'

const SECONDS = Number(process.argv[2] ?? 3)

const argon2 = await openArgon2()
const encoded = await argon2.hash('correct horse battery', randomBytes(16), HASHING)
let hashes = 0
const [began, before] = [performance.now(), process.cpuUsage()]
const loop = async (): Promise<void> => {
  while (performance.now() - began < SECONDS * 1000) {
    await argon2.verify(encoded, 'correct horse battery')
    hashes++
  }
}
await Promise.all(Array.from({ length: Math.max(1, availableParallelism() - 1) }, loop)) // as many as the server's gate lets in
const { user, system } = process.cpuUsage(before)
const seconds = (performance.now() - began) / 1000
console.log(JSON.stringify({ binding: argon2.name, perSecond: hashes / seconds, cpuEach: (user + system) / hashes }))
