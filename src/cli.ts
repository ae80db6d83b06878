/** The command line: `gatehouse start | migrate | create-admin | create-key | import | calibrate | verify-events | build-breach-filter`. Results go to standard output, words to standard error. */
import { defineCommand, runMain } from 'citty'
import { type App, createApp } from './app.ts'
import { BadConfiguration, type Config, parseConfig, publicOrigin } from './config.ts'
import { SOURCES } from './features/import/sources.ts'
import { readImport, runImport } from './import-command.ts'
import { DomainError } from './kernel/errors.ts'
import { recoveryLink, serve } from './main.ts'
import { BREACH_CHECK, CALIBRATION, SETTING_BOUNDS } from './policy/bounds.ts'
import { parseScope, SCOPES, type Scope } from './policy/permissions.ts'
import { buildFilter } from './ports/breached/filter-builder.ts'
import { openMeasure, calibrate as search, type Trial } from './ports/hasher/calibrate.ts'

/** sysexits.h: EX_CONFIG, EX_USAGE, EX_DATAERR and EX_NOINPUT. */
const EXIT = { config: 78, usage: 64, data: 65, noInput: 66, failure: 1 } as const

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const fail = (text: string, code: number): never => {
  say(text)
  process.exit(code)
}

/** Lists every problem by variable and exits 78. */
const misconfigured = ({ problems }: BadConfiguration): never => {
  const lines = problems.map(({ variable, problem }) => `  ${variable} ${problem}`)
  const head = `The configuration has ${lines.length === 1 ? 'a problem' : `${lines.length} problems`}:`
  return fail([head, ...lines].join('\n'), EXIT.config)
}

/** What kept it from starting, in one line: a stack is of no use to whoever types commands. */
const stopped = (error: unknown): never =>
  error instanceof BadConfiguration
    ? misconfigured(error)
    : fail(error instanceof Error ? error.message : String(error), EXIT.failure)

const configured = (): Config => {
  try {
    return parseConfig(process.env)
  } catch (error) {
    return stopped(error)
  }
}

/** Opens the app without serving, migrated; what it logs goes nowhere, so that standard output holds the result alone. */
const withApp = async (work: (app: App, config: Config) => Promise<void>): Promise<void> => {
  const config = { ...configured(), logLevel: 'silent' as const }
  const app = await createApp(config).catch(stopped)
  try {
    await work(app, config)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    say(error.message)
    process.exitCode = EXIT.usage
  } finally {
    await app.close()
  }
}

const start = defineCommand({
  meta: { name: 'start', description: 'Serve until SIGTERM or SIGINT.' },
  run: () => serve(configured()).catch(stopped),
})

const migrate = defineCommand({
  meta: { name: 'migrate', description: 'Apply the migrations that are missing. `start` does it too.' },
  run: () => withApp(async () => say('The database is up to date.')),
})

const createAdmin = defineCommand({
  meta: { name: 'create-admin', description: 'Make an administrator and print a one-time link to set the password.' },
  args: { email: { type: 'string', required: true, description: 'The address of the account.' } },
  run: ({ args }) =>
    withApp(async (app, config) => {
      const token = await app.operators.createAdmin(args.email)
      process.stdout.write(`${recoveryLink(publicOrigin(config, config.port), token)}\n`)
    }),
})

/** Every --scope of the command line; the parser itself keeps only the last. */
const scopesOf = (argv: readonly string[]): readonly string[] =>
  argv.flatMap((word, index) => {
    const inline = /^--scope=(.+)$/.exec(word)?.[1]
    const given = word === '--scope' ? argv[index + 1] : inline
    return given === undefined ? [] : given.split(',')
  })

const createKey = defineCommand({
  meta: { name: 'create-key', description: 'Make an API key and print its secret, alone, on standard output.' },
  args: {
    name: { type: 'string', required: true, description: 'What the key is for.' },
    scope: {
      type: 'string',
      required: true,
      description: `What it may do; repeat it for more. One of ${Object.keys(SCOPES).join(', ')}.`,
    },
  },
  run: async ({ args, rawArgs }) => {
    const words = scopesOf(rawArgs)
    const unknown = words.filter((word) => parseScope(word) === null)
    if (unknown.length > 0)
      fail(`There is no scope ${unknown.join(', ')}. There are: ${Object.keys(SCOPES).join(', ')}.`, EXIT.usage)
    const scopes = words.map(parseScope).filter((scope): scope is Scope => scope !== null)
    await withApp(async (app) => {
      const { secret } = await app.operators.createKey({ name: args.name, scopes, expiresAt: null })
      process.stdout.write(`${secret}\n`)
    })
  },
})

const importFile = defineCommand({
  meta: {
    name: 'import',
    description: 'Bring accounts along from another system, with the hashes of their passwords. See docs/imports.md.',
  },
  args: {
    file: { type: 'positional', required: true, description: 'The file.' },
    from: { type: 'string', default: 'gatehouse', description: `Who wrote it: ${Object.keys(SOURCES).join(', ')}.` },
    format: { type: 'string', description: 'ndjson, json or csv; what the name ends in if left out.' },
    'hash-config': { type: 'string', description: 'A file with the hash parameters that the console of Firebase shows.' },
    'dry-run': { type: 'boolean', default: false, description: 'Say what would become of each row, and write nothing.' },
    restart: { type: 'boolean', default: false, description: 'Begin anew with a file that was begun or taken in before.' },
    'admit-admins': { type: 'boolean', default: false, description: 'Take rows with the label "admin", which makes operators.' },
  },
  run: async ({ args }) => {
    const { file: path, from, format, restart } = args
    const options = { hashConfig: args['hash-config'], dryRun: args['dry-run'], admitAdmins: args['admit-admins'] }
    const wish = await readImport({ path, from, format, restart, ...options })
    if ('refused' in wish) return fail(wish.refused, wish.unreadable ? EXIT.noInput : EXIT.usage)
    await withApp(async (app) => {
      if (!(await runImport(app, wish))) process.exitCode = EXIT.data
    })
  },
})

/** @returns the number that the option holds. Exits 64 for anything else. */
const numberOf = (option: string, text: string, { min, max }: Readonly<{ min: number; max: number }>): number => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : fail(`--${option} must be a whole number from ${min} to ${max}.`, EXIT.usage)
}

const HASHING_BOUNDS = {
  memory: SETTING_BOUNDS['passwords.hashing.memoryKiB'],
  parallelism: SETTING_BOUNDS['passwords.hashing.parallelism'],
} as const

const saysOf = ({ memoryKiB, iterations, parallelism, ms, atOnce }: Trial): string =>
  `  m=${memoryKiB} KiB, t=${iterations}, p=${parallelism}: ${ms.toFixed(1)} ms, ${((atOnce * 1000) / ms).toFixed(1)} a second`

/** Ready for GraphiQL, or for a key with SETTINGS_WRITE. */
const settingOf = ({ memoryKiB, iterations, parallelism }: Trial): string => `mutation {
  updateSecuritySettings(
    input: { passwords: { hashing: { memoryKiB: ${memoryKiB}, iterations: ${iterations}, parallelism: ${parallelism} } } }
  ) {
    __typename
    ... on UserError { code message }
  }
}
`

const calibrate = defineCommand({
  meta: {
    name: 'calibrate',
    description:
      'Measure Argon2id on this machine and print the mutation that sets what fits. Needs no database, changes nothing.',
  },
  args: {
    'target-ms': {
      type: 'string',
      default: String(CALIBRATION.targetMs.default),
      description: 'How long a hash may take, in milliseconds.',
    },
    memory: { type: 'string', description: 'The most memory a hash may have, in KiB.' },
    parallelism: { type: 'string', default: String(HASHING_BOUNDS.parallelism.default), description: 'Lanes of a hash.' },
    json: { type: 'boolean', default: false, description: 'Print all of it as JSON instead.' },
  },
  run: async ({ args }) => {
    const { binding, capacity, measure } = await openMeasure()
    const usual = Math.max(HASHING_BOUNDS.memory.min, Math.min(CALIBRATION.memoryKiB, capacity.memoryKiB))
    const targetMs = numberOf('target-ms', args['target-ms'], CALIBRATION.targetMs)
    const memoryKiB = numberOf('memory', args.memory ?? String(usual), HASHING_BOUNDS.memory)
    const parallelism = numberOf('parallelism', args.parallelism, HASHING_BOUNDS.parallelism)
    say(`Measuring ${binding}, with as many hashes at once as a node lets run …`)
    const { trials, proposed, meetsTarget } = await search(measure, { targetMs, memoryKiB, parallelism })
    for (const trial of trials) say(saysOf(trial))
    const verdict = meetsTarget ? `fits ${targetMs} ms` : `is the least that may be, and takes longer than ${targetMs} ms`
    say(`This ${verdict}:\n${saysOf(proposed)}`)
    const all = { binding, targetMs, meetsTarget, proposed, trials }
    process.stdout.write(args.json ? `${JSON.stringify(all, null, 2)}\n` : settingOf(proposed))
  },
})

const verifyEvents = defineCommand({
  meta: {
    name: 'verify-events',
    description: 'Prove the event log: recompute its chain, hold it against its head and its signed checkpoints.',
  },
  run: () =>
    withApp(async (app) => {
      const { events, checkpoints, problems } = await app.verification.verify()
      for (const { position, problem } of problems) process.stdout.write(`event ${position}: ${problem}\n`)
      process.stdout.write(`${events} events, ${checkpoints} checkpoints, ${problems.length} problems\n`)
      if (problems.length > 0) process.exitCode = EXIT.failure
    }),
})

const buildBreachFilter = defineCommand({
  meta: {
    name: 'build-breach-filter',
    description:
      'Make the file that BREACHED_FILTER names from a list of SHA-1 hashes, one a line, such as that of Have I Been Pwned.',
  },
  args: {
    from: { type: 'string', required: true, description: 'The list: `HASH` or `HASH:count`, in any order.' },
    to: { type: 'string', required: true, description: 'The file to make.' },
    rate: {
      type: 'string',
      default: String(BREACH_CHECK.falsePositives),
      description: 'How often a good password may be taken for a breached one, from 0.000001 to 0.1.',
    },
  },
  run: ({ args }) => {
    const rate = Number(args.rate)
    if (!(rate >= 1e-6 && rate <= 0.1)) fail('--rate must be from 0.000001 to 0.1.', EXIT.usage)
    try {
      const { hashes, bytes } = buildFilter(args.from, args.to, rate)
      process.stdout.write(`${hashes} hashes, ${bytes} bytes\n`)
    } catch (error) {
      stopped(error)
    }
  },
})

const gatehouse = defineCommand({
  meta: { name: 'gatehouse', description: 'The self-hosted GraphQL server for accounts and session security.' },
  subCommands: {
    start,
    migrate,
    'create-admin': createAdmin,
    'create-key': createKey,
    import: importFile,
    calibrate,
    'verify-events': verifyEvents,
    'build-breach-filter': buildBreachFilter,
  },
})

process.on('unhandledRejection', (error) => {
  say(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
  process.exit(EXIT.failure)
})

await runMain(gatehouse)
