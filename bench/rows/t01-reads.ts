import { interleave, middle, type Row, reads } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'

/** T1: the request that nearly every request is. */
export const readsByCookie: Row = {
  id: 'T1',
  what: '`{ account { id email name } }` by cookie, session and version asked from Redis each time',
  target: 'CPU ≤ 80 µs and ≤ 2 × the limit server; stretch 60 µs',
  measure: async ({ ours, limit, full, database }) => {
    // grows when Redis was late and PostgreSQL was asked instead: then the figures are not those of the usual way
    const epoch = async () => Number((await database.query('SELECT copy_epoch FROM installation'))[0]?.copy_epoch)
    const before = await epoch()
    const [own = [], bare = []] = await interleave(full ? 9 : 5, [() => reads(ours), () => reads(limit)])
    const [us, least] = [middle(own), middle(bare)]
    const doubts = (await epoch()) - before
    const ratio = us.cpu / least.cpu
    return {
      figures: {
        cpuMicroseconds: us.cpu,
        limitCpuMicroseconds: least.cpu,
        ratio,
        perSecond: us.perSecond,
        limitPerSecond: least.perSecond,
        p99Milliseconds: us.p99,
        limitP99Milliseconds: least.p99,
        doubts,
        residentMegabytes: ours.resident() / 1e6,
        failed: us.failed + least.failed,
      },
      says: `${short(us.cpu)} µs, limit ${short(least.cpu)} µs: ${short(ratio)} ×; ${short(us.perSecond)}/s, limit ${short(least.perSecond)}/s; Redis doubted ${doubts} times`,
      met: us.cpu <= 80 && ratio <= 2 && us.failed === 0,
    }
  },
}
