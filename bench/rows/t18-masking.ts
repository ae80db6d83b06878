import { KEY } from '../kit/database.ts'
import { ask, post } from '../kit/http.ts'
import type { Server } from '../kit/server.ts'
import { interleave, middle, type Reads, type Row } from '../kit/stage.ts'
import { median, short } from '../kit/stats.ts'
import { pages, seedTeam, settle } from '../kit/teams.ts'

const MEMBERS = 1_000

const EVERYTHING = ['USER_NAME', 'USER_EMAIL', 'MFA']

const withhold = async ({ port }: Server, details: readonly string[]): Promise<void> => {
  const document = `mutation { updateSecuritySettings(input: { membershipPrivacy: { private: [${details}], ownersSeeAll: false } }) { __typename } }`
  const { body } = await ask(port, post(document, {}, { authorization: `Bearer ${KEY}` }))
  if (!body.includes('"UpdateSecuritySettingsPayload"')) throw new Error(`the setting was not changed: ${body.slice(0, 200)}`)
}

const sum = (runs: readonly (Reads | undefined)[]): number => runs.reduce((total, run) => total + (run?.cpu ?? Number.NaN), 0)

/**
 * T18: the same page for the same member, once with everything withheld and once with nothing. The difference is smaller than what a busy
 * machine adds, so each round asks both twice, in an order that reads the same from either end, and gives one ratio.
 */
export const masking: Row = {
  id: 'T18',
  what: 'a page of 50 of a team’s list for a member, everything private, against the same with nothing private',
  target: 'CPU ≤ 1.05 ×',
  measure: async ({ ours, database, full }) => {
    const list = await seedTeam(database, MEMBERS)
    await settle(database)
    const read = (details: readonly string[]) => async () => {
      await withhold(ours, details)
      return pages(ours, { list, args: 'first: 50', connections: 8, seconds: 0.6 })
    }
    const [masked, open] = [read(EVERYTHING), read([])]
    const [before = [], first = [], second = [], behind = []] = await interleave(full ? 40 : 15, [masked, open, open, masked])
    const [withheld, shown] = [middle([...before, ...behind]), middle([...first, ...second])]
    const ratio = median(before.map((run, round) => sum([run, behind[round]]) / sum([first[round], second[round]])))
    const failed = withheld.failed + shown.failed
    return {
      figures: { maskedCpuMicroseconds: withheld.cpu, openCpuMicroseconds: shown.cpu, ratio, failed },
      says: `${short(withheld.cpu)} µs masked, ${short(shown.cpu)} µs open: ${short(ratio)} ×`,
      met: ratio <= 1.05 && failed === 0,
    }
  },
}
