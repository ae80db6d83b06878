/**
 * The law of the house, as a pure function over files: which floor a file stands on, what it may import from where, and
 * what it may not reach for by itself. `import type` is free: types pull no code.
 */
import { posix } from 'node:path'
import ts from 'typescript'

/** Path under src/ to source text. */
export type Files = Readonly<Record<string, string>>

/** From the ground up. Imports go down. */
const FLOORS = [
  ['kernel', /^kernel\/[^/]+\.ts$/],
  ['policy', /^policy\/[^/]+\.ts$/],
  ['rules', /^features\/([^/]+\/[^/.]+\.ts|message\/texts\/[^/.]+\.(ts|json))$/],
  ['ports', /^ports\//],
  ['store', /^features\/[^/]+\/[^/]+\.store\.ts$/],
  ['service', /^features\/[^/]+\/([^/]+\.service|methods\/[^/.]+)\.ts$/],
  ['graph', /^(graphql\/[^/]+\.ts|features\/[^/]+\/[^/]+\.graphql\.ts)$/],
  ['http', /^http\/[^/]+\.ts$/],
  ['root', /^(app|doors|front|main|config|cli|work)\.ts$|^bin\.cjs$|^build\.mjs$/],
] as const

type Floor = (typeof FLOORS)[number][0]

const level = (floor: Floor): number => FLOORS.findIndex(([name]) => name === floor)
const floorOf = (path: string): number => FLOORS.findIndex(([, shape]) => shape.test(path))
const roomOf = (path: string): string | undefined => /^features\/([^/]+)\//.exec(path)?.[1]
const isGenerated = (path: string): boolean => path.includes('/generated/')

/** Packages that only some floors may know, with the reason. */
const PACKAGES: readonly Readonly<{ shape: RegExp; floors: readonly Floor[]; because: string }>[] = [
  { shape: /^(@prisma\/|pg$|pglite|@electric-sql|ioredis)/, floors: ['ports'], because: 'an engine is a port' },
  { shape: /^(@node-rs\/)?argon2/, floors: ['ports'], because: 'the hasher is a port' },
  { shape: /^(graphql|@pothos\/|dataloader)/, floors: ['graph', 'http'], because: 'services do not know GraphQL' },
  { shape: /^(ws|node:https?)$/, floors: ['http'], because: 'only http/ knows HTTP' },
  { shape: /^node:(fs|net|child_process)/, floors: ['ports', 'http', 'root'], because: 'I/O has ports' },
]

/** What may be written at the root only, where it is handed in; with the reason. */
const BANS: readonly Readonly<{ shape: RegExp; because: string }>[] = [
  { shape: /^Date\.now$/, because: 'time comes from the clock that is handed in, so that tests can move it' },
  { shape: /^new Date\(\)$/, because: 'time comes from the clock that is handed in, so that tests can move it' },
  { shape: /^Math\.random$/, because: 'it can be guessed; randomness is handed in' },
  { shape: /^process\.env$/, because: 'configuration is parsed once, at the root' },
  { shape: /^console\b/, because: 'what is worth saying goes to the log, as JSON with a request id' },
  {
    shape: /^(crypto\.)?(randomBytes|randomUUID|randomInt|randomFill\w*|getRandomValues|webcrypto)$/,
    because: 'randomness is handed in, so that tests can fix it',
  },
]

const LINES_MAX = 300

/** Every reason why `from` may not import `to`, both under src/. */
const importProblem = (from: string, to: string): string | null => {
  if (from.startsWith('client/')) return to.startsWith('client/') ? null : 'the client knows nothing of the server'
  const [here, there] = [floorOf(from), floorOf(to)]
  if (there === -1) return 'it stands on no floor'
  if (there > here) return `${FLOORS[there]?.[0]} is above ${FLOORS[here]?.[0]}`
  const sameRoom = roomOf(from) === roomOf(to)
  if (there === level('store'))
    return sameRoom && here <= level('service') ? null : 'a store belongs to the services of its own room'
  if (sameRoom || roomOf(to) === undefined || here >= level('graph')) return null
  return there === level('rules') && here > level('ports') ? null : 'below the graph a room sees only the rules of another'
}

const packageProblem = (from: string, name: string): string | null => {
  const floor = FLOORS[floorOf(from)]?.[0]
  if (floor === 'kernel' && name !== 'node:crypto') return 'the kernel knows no packages'
  const row = PACKAGES.find(({ shape }) => shape.test(name))
  return row === undefined || floor === undefined || row.floors.includes(floor) ? null : row.because
}

const isTypeOnly = (node: ts.ImportDeclaration | ts.ExportDeclaration): boolean =>
  ts.isExportDeclaration(node) ? node.isTypeOnly : node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword

/** What a file imports when it runs, and which banned words it uses. */
const readingsOf = (path: string, text: string) => {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports: string[] = []
  const words: string[] = []
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && !isTypeOnly(node)) {
      if (node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) imports.push(node.moduleSpecifier.text)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [target] = node.arguments
      imports.push(target !== undefined && ts.isStringLiteral(target) ? target.text : 'an expression')
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0)
      words.push('new Date()')
    else if (ts.isPropertyAccessExpression(node) || ts.isIdentifier(node)) words.push(node.getText())
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { imports, words: [...new Set(words)] }
}

const problemsOf = (path: string, text: string): readonly string[] => {
  const isClient = path.startsWith('client/')
  const problems: string[] = []
  if (!isClient && floorOf(path) === -1) problems.push('stands on no floor')
  if (text.split('\n').length - 1 > LINES_MAX) problems.push(`is longer than ${LINES_MAX} lines`)
  if (!/^(#!.*\n)?\/\*\*/.test(text)) problems.push('does not say at its top what it guarantees')
  const { imports, words } = readingsOf(path, text)
  for (const name of imports) {
    const to = name.startsWith('.') ? posix.join(posix.dirname(path), name) : null
    const problem = to === null ? packageProblem(path, name) : importProblem(path, to)
    if (problem !== null && (to !== null || !isClient)) problems.push(`imports ${to ?? name}: ${problem}`)
  }
  if (floorOf(path) !== level('root'))
    for (const { shape, because } of BANS)
      for (const word of words.filter((candidate) => shape.test(candidate))) problems.push(`uses ${word}: ${because}`)
  return problems.map((problem) => `${path} ${problem}`)
}

/** @returns every breach of the law, one sentence each; generated files are nobody's prose and are left out. */
export const breaches = (files: Files): readonly string[] =>
  Object.entries(files)
    .filter(([path]) => !isGenerated(path))
    .flatMap(([path, text]) => problemsOf(path, text))
