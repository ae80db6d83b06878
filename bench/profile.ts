/**
 * `npx tsx bench/profile.ts [sign-in] [--flame FILE.svg]`: where the time of T1 (or of T4) goes, by package and by function
 * (self time), from a CPU profile of the server. Its start is left out.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDatabase, seed } from './kit/database.ts'
import { flameGraph } from './kit/flame.ts'
import { closedLoop } from './kit/load.ts'
import { stacksOf } from './kit/profile.ts'
import { type Server, startGatehouse } from './kit/server.ts'
import { isSignedIn, signIn } from './kit/sign-in.ts'
import { reads } from './kit/stage.ts'

const SECONDS = 6
const PEOPLE = 1_000
const LINES = 30

const words = process.argv.slice(2)
const signsIn = words.includes('sign-in')
const flameFile = words[words.indexOf('--flame') + 1]

const print = (title: string, names: readonly string[], lines: number): void => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  console.log(`\n| self time | ${title} |\n|---|---|`)
  for (const [name, count] of [...counts].sort(([, a], [, b]) => b - a).slice(0, lines))
    console.log(`| ${((count / names.length) * 100).toFixed(1)} % | ${name} |`)
}

const load = async (server: Server): Promise<string> => {
  if (!signsIn) return `reads: ${(await reads(server, { seconds: SECONDS })).cpu.toFixed(0)} µs a request`
  let person = 0
  const before = server.cpu()
  const request = () => signIn(person++ % PEOPLE)
  const { answered } = await closedLoop({ port: server.port, connections: 8, seconds: SECONDS, request, good: isSignedIn })
  return `sign-in: ${((server.cpu() - before) / answered / 1000).toFixed(1)} ms each`
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-profile-'))
const database = await makeDatabase()
try {
  const nodeArgs = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-interval', '500']
  const server = await startGatehouse({ databaseUrl: database.url, nodeArgs })
  await seed(database, PEOPLE)
  const began = Date.now()
  const said = await load(server)
  const loaded = Date.now() - began
  await server.stop()
  const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  const stacks = stacksOf(text.at(-1) ?? '{}', loaded)
  const ran = stacks.flatMap((stack) => stack.slice(-1))
  console.log(`${said}, under the profiler`)
  print(
    'package',
    ran.map(({ home }) => home),
    LINES,
  )
  const named = ran.map(({ name, home }) => `${name} · ${home}`)
  print('function · package', named, LINES)
  if (words.includes('--flame') && flameFile !== undefined) writeFileSync(flameFile, flameGraph(stacks, said))
} finally {
  rmSync(folder, { recursive: true, force: true })
  await database.drop()
}
