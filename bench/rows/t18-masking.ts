import { KEY } from '../kit/database.ts'
import { ask, post } from '../kit/http.ts'
import type { Server } from '../kit/server.ts'
import { interleave, middle, type Row } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'
import { pages, seedTeam, settle } from '../kit/teams.ts'

const MEMBERS = 1_000

const EVERYTHING = ['USER_NAME', 'USER_EMAIL', 'MFA']

const withhold = async ({ port }: Server, details: readonly string[]): Promise<void> => {
  const document = `mutation { updateSecuritySettings(input: { membershipPrivacy: { private: [${details}], ownersSeeAll: false } }) { __typename } }`
  const { body } = await ask(port, post(document, {}, { authorization: `Bearer ${KEY}` }))
  if (!body.includes('"UpdateSecuritySettingsPayload"')) throw new Error(`the setting was not changed: ${body.slice(0, 200)}`)
}

/** T18: the same page for the same member, once with everything withheld and once with nothing. */
export const masking: Row = {
  id: 'T18',
  what: 'a page of 50 of a team’s list for a member, everything private, against the same with nothing private',
  target: 'CPU ≤ 1.05 ×',
  measure: async ({ ours, database, full }) => {
    const list = await seedTeam(database, MEMBERS)
    await settle(database)
    const read = (details: readonly string[]) => async () => {
      await withhold(ours, details)
      return pages(ours, { list, args: 'first: 50', connections: 8 })
    }
    const [masked = [], open = []] = await interleave(full ? 15 : 9, [read(EVERYTHING), read([])])
    await withhold(ours, EVERYTHING) // as it was
    const [withheld, shown] = [middle(masked), middle(open)]
    const ratio = withheld.cpu / shown.cpu
    return {
      figures: {
        maskedCpuMicroseconds: withheld.cpu,
        openCpuMicroseconds: shown.cpu,
        ratio,
        maskedPerSecond: withheld.perSecond,
        openPerSecond: shown.perSecond,
        failed: withheld.failed + shown.failed,
      },
      says: `${short(withheld.cpu)} µs masked, ${short(shown.cpu)} µs open: ${short(ratio)} ×`,
      met: ratio <= 1.05 && withheld.failed + shown.failed === 0,
    }
  },
}
