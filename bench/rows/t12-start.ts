import { tokenOf } from '../kit/database.ts'
import { withEmbedded } from '../kit/embedded.ts'
import { ask, post } from '../kit/http.ts'
import { type Server, startGatehouse } from '../kit/server.ts'
import { cookieOf, ME, type Row } from '../kit/stage.ts'
import { median, short } from '../kit/stats.ts'

const TIMES = 3

/** Milliseconds from the command to the first true answer. */
const firstAnswer = async (begin: () => Promise<Server>, token: string): Promise<number> => {
  const began = performance.now()
  const server = await begin()
  try {
    const { body } = await ask(server.port, post(ME, {}, cookieOf(token)))
    if (!body.includes('acc_')) throw new Error(`a wrong first answer: ${body}`)
    return performance.now() - began
  } finally {
    await server.stop()
  }
}

const several = async (begin: () => Promise<Server>, token: string): Promise<number> => {
  const all: number[] = []
  for (let n = 0; n < TIMES; n++) all.push(await firstAnswer(begin, token))
  return median(all) / 1000
}

/** T12: with data in place, so without the making of a database. */
export const coldStart: Row = {
  id: 'T12',
  what: 'cold start to the first answer: embedded; on PostgreSQL and Redis',
  target: '≤ 2.5 s; ≤ 1 s',
  measure: async ({ database }) => {
    const services = await several(() => startGatehouse({ databaseUrl: database.url, cores: 'all' }), tokenOf(3))
    const embedded = await withEmbedded(async (server, token, folder) => {
      await server.stop()
      return several(() => startGatehouse({ databaseUrl: null, folder, cores: 'all' }), token)
    })
    return {
      figures: { embeddedSeconds: embedded, servicesSeconds: services },
      says: `${short(embedded)} s; ${short(services)} s`,
      met: embedded <= 2.5 && services <= 1,
    }
  },
}
