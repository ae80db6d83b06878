import { sessionIdOf, tokenOf } from '../kit/database.ts'
import { ask, open, post } from '../kit/http.ts'
import { startGatehouse } from '../kit/server.ts'
import { subscribe } from '../kit/sockets.ts'
import { cookieOf, ME, type Row } from '../kit/stage.ts'
import { percentile, short } from '../kit/stats.ts'

const ROUNDS = { short: 100, full: 1_000 }
const REVOKE = 'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { __typename } }'

/** T6: sockets count from when the answer to the revocation arrives; one that closed before that counts as 0. */
export const revocation: Row = {
  id: 'T6',
  what: 'revocation on one node; the next request on the other; sockets on both',
  target: 'the very next request is refused; sockets closed p50 ≤ 2 ms, p99 ≤ 20 ms',
  measure: async ({ database, ours, full }) => {
    const other = await startGatehouse({ databaseUrl: database.url, cores: 1 })
    const rounds = full ? ROUNDS.full : ROUNDS.short
    const milliseconds: number[] = []
    let accepted = 0
    try {
      const [first, second] = await Promise.all([open(ours.port), open(other.port)])
      for (let n = 0; n < rounds; n++) {
        const victim = cookieOf(tokenOf(n, 1))
        const asVictim = post(ME, {}, victim)
        if (!(await ask(other.port, asVictim)).body.includes('acc_')) throw new Error('the session was not live')
        const ports = [ours.port, other.port]
        const sockets = await Promise.all(ports.map((port) => subscribe(port, victim, 'subscription { sessionEnded { id } }')))
        const revoke = post(REVOKE, { input: { sessionId: sessionIdOf(n, 1) } }, cookieOf(tokenOf(n)))
        const { body } = await first.send(revoke)
        const answered = performance.now()
        if (!body.includes('RevokeSessionPayload')) throw new Error(`not revoked: ${body}`)
        if ((await second.send(asVictim)).body.includes('acc_')) accepted++
        for (const { closed } of sockets) milliseconds.push(Math.max(0, (await closed) - answered))
      }
      first.close()
      second.close()
    } finally {
      await other.stop()
    }
    const [p50, p99] = [percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)]
    return {
      figures: { rounds, accepted, p50Milliseconds: p50, p99Milliseconds: p99 },
      says: `${accepted} of ${rounds} accepted; closed p50 ${short(p50)} ms, p99 ${short(p99)} ms`,
      met: accepted === 0 && p50 <= 2 && p99 <= 20,
    }
  },
}
