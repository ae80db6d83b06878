import { afterAll } from 'vitest'
import { openDatabase, openEngine } from '../../src/ports/db/index.ts'
import { emptyDatabase, freshDatabase, onServices } from '../support/engines.ts'
import { databaseContract, uniqueContract } from './db.contract.ts'
import { preparedContract } from './prepared.contract.ts'

const name = onServices() ? 'on a server' : 'in this process'

const openEmpty = async () => {
  if (!onServices()) return openEngine({ kind: 'embedded', folder: null })
  const { url, drop } = await emptyDatabase()
  afterAll(drop)
  return openEngine({ kind: 'postgres', url })
}

databaseContract(name, openEmpty)

preparedContract(name, openEmpty)

uniqueContract(name, async () => {
  const { env, seed, drop } = await freshDatabase()
  afterAll(drop)
  const { DATABASE_URL: url } = env
  const embedded = { kind: 'embedded', folder: null, ...(seed === undefined ? {} : { seed }) } as const
  return openDatabase(await openEngine(url === undefined ? embedded : { kind: 'postgres', url }))
})
