/** Builds dist/: the Prisma client is generated, then each entry bundled. Written beside and moved in place, so that a server that starts meanwhile never sees half a build. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = new URL('../', import.meta.url)
const path = (name) => fileURLToPath(new URL(name, root))
const require = createRequire(import.meta.url)

const client = path('src/ports/db/generated/client.ts')
if (!existsSync(client) || statSync(client).mtimeMs < statSync(path('prisma/schema.prisma')).mtimeMs)
  execFileSync(process.execPath, [require.resolve('prisma/build/index.js'), 'generate', '--config', 'prisma/prisma.config.ts'], {
    cwd: path('.'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })

/** What is no plain JavaScript, or reads its own files, or is seldom needed. The rest goes in: one file loads several times faster than 900. */
const EXTERNAL = [
  '@electric-sql/pglite',
  '@graphql-yoga/render-graphiql',
  '@ip-location-db/geo-whois-asn-country-mmdb',
  '@node-rs/argon2',
  '@prisma/client',
  'argon2',
  'bcrypt',
  'node-device-detector',
  'pg-native',
  'pglite-prisma-adapter',
]

/** What packages in CommonJS need inside a module. */
const REQUIRE = `import { createRequire as gatehouseRequire } from 'node:module'; const require = gatehouseRequire(import.meta.url);`

const staging = path(`dist.${process.pid}/`)
await build({
  entryPoints: [path('src/cli.ts')],
  outdir: staging,
  bundle: true,
  splitting: true,
  external: EXTERNAL,
  banner: { js: REQUIRE },
  platform: 'node',
  mainFields: ['module', 'main'], // graphql as modules, which need no getters; every import of it then finds the one copy
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
})
// chunks first: an entry must never point at what is not there yet
const files = readdirSync(staging).sort((a, b) => Number(a === 'cli.js') - Number(b === 'cli.js'))
mkdirSync(path('dist/'), { recursive: true })
for (const name of files) renameSync(`${staging}${name}`, path(`dist/${name}`))
rmSync(staging, { recursive: true })
