/**
 * `npx tsx bench/profile.ts [sign-in]`: where the time of T1 (or of T4) goes, by package and by function (self time), from
 * a CPU profile of the server. Its start is left out.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDatabase, seed } from './kit/database.ts'
import { closedLoop } from './kit/load.ts'
import { type Server, startGatehouse } from './kit/server.ts'
import { isSignedIn, signIn } from './kit/sign-in.ts'
import { reads } from './kit/stage.ts'

type Profile = Readonly<{
  nodes: readonly Readonly<{ id: number; callFrame: Readonly<{ functionName: string; url: string; lineNumber: number }> }>[]
  samples: readonly number[]
  /** Microseconds before each sample. */
  timeDeltas: readonly number[]
  endTime: number
  startTime: number
}>

const SECONDS = 6
const PEOPLE = 1_000
const LINES = 30

/** The package, or the file of ours, that a function is from. */
const home = (url: string): string => {
  if (url === '') return 'the engine'
  if (url.startsWith('node:')) return 'node'
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? 'gatehouse'
}

const print = (title: string, names: readonly string[], lines: number): void => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  console.log(`\n| self time | ${title} |\n|---|---|`)
  for (const [name, count] of [...counts].sort(([, a], [, b]) => b - a).slice(0, lines))
    console.log(`| ${((count / names.length) * 100).toFixed(1)} % | ${name} |`)
}

const load = async (server: Server): Promise<string> => {
  if (process.argv[2] !== 'sign-in') return `${(await reads(server, { seconds: SECONDS })).cpu.toFixed(0)} µs a request`
  let person = 0
  const before = server.cpu()
  const request = () => signIn(person++ % PEOPLE)
  const { answered } = await closedLoop({ port: server.port, connections: 8, seconds: SECONDS, request, good: isSignedIn })
  return `${((server.cpu() - before) / answered / 1000).toFixed(1)} ms a sign-in`
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
  const { nodes, samples, timeDeltas, startTime, endTime } = JSON.parse(text.at(-1) ?? '{}') as Profile
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  let at = startTime
  const seen = samples.flatMap((sample, index) => {
    at += timeDeltas[index] ?? 0
    const frame = frames.get(sample)
    const isIdle = frame === undefined || frame.functionName === '(idle)' || frame.functionName === '(program)'
    return isIdle || at < endTime - loaded * 1000 ? [] : [frame]
  })
  console.log(`${said}, under the profiler`)
  print(
    'package',
    seen.map(({ url }) => home(url)),
    LINES,
  )
  const named = seen.map(({ functionName, url, lineNumber }) => `${functionName || `(line ${lineNumber + 1})`} · ${home(url)}`)
  print('function · package', named, LINES)
} finally {
  rmSync(folder, { recursive: true, force: true })
  await database.drop()
}
