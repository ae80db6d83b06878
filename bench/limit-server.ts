/**
 * What cannot be beaten by much: node:http, graphql-js with its one document parsed and validated beforehand, and the
 * same read of session and account version from Redis, by the same script. No framework, no rules, no writes.
 */
import { createServer } from 'node:http'
import { buildSchema, execute, parse } from 'graphql'
import { Redis } from 'ioredis'
import { decodeCopy } from '../src/features/session/copy.ts'
import { hashSecret } from '../src/kernel/secrets.ts'
import { READ } from '../src/ports/copies/scripts.ts'

const { PORT, REDIS_URL = '', PREFIX = '' } = process.env

const schema = buildSchema('type Account { id: ID! email: String name: String } type Query { account: Account }')
const document = parse('{ account { id email name } }')

const redis = new Redis(REDIS_URL)
redis.defineCommand('readCopy', { numberOfKeys: 1, lua: READ })
type Reader = { readCopy: (copy: string, versions: string) => Promise<[string | null, string | null]> }
const reader = redis as unknown as Reader // the line above made it so

/** Takes the copy apart by position and compares the versions, as Gatehouse does. */
const accountBy = async (token: string) => {
  const [copy, current] = await reader.readCopy(`${PREFIX}:s:${hashSecret(token)}`, `${PREFIX}:v:`)
  if (copy === null) return null
  const second = copy.indexOf('|', copy.indexOf('|') + 1)
  const third = copy.indexOf('|', second + 1)
  return copy.slice(second + 1, third) === current ? (decodeCopy(copy.slice(third + 1))?.account ?? null) : null
}

createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', async () => {
    if (request.method === 'GET') return void response.writeHead(200).end()
    const { query } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { query: string }
    const account = query === '' ? null : await accountBy((request.headers.cookie ?? '').replace('gatehouse=', ''))
    const result = JSON.stringify(await execute({ schema, document, rootValue: { account } }))
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(result) })
    response.end(result)
  })
}).listen(Number(PORT), '127.0.0.1')

process.once('SIGTERM', () => process.exit(0))
