import type { Server } from '../kit/server.ts'
import { interleave, middle, type Row } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'
import { type Asked, pages, places, seedAccount, seedTeam, settle } from '../kit/teams.ts'

const MEMBERS = { few: 1_000, many: 100_000 }
const TEAMS = { few: 60, many: 1_000 }

/** The same page of a small list and of a large one. */
type Pair = Readonly<{ name: string; few: Asked; many: Asked }>

/** From the question to the answer, one at a time, so that what PostgreSQL does for it counts, too. */
const compare = async (server: Server, pairs: readonly Pair[], rounds: number) => {
  const asked = pairs.flatMap(({ few, many }) => [few, many])
  const runs = await interleave(
    rounds,
    asked.map((page) => () => pages(server, { ...page, connections: 1 })),
  )
  return pairs.map(({ name }, index) => {
    const [few, many] = [middle(runs[2 * index] ?? []), middle(runs[2 * index + 1] ?? [])]
    return { name, few: few.p50, many: many.p50, ratio: many.p50 / few.p50, failed: few.failed + many.failed }
  })
}

/** T19: a page costs the same in a team of any size, wherever it stands. */
export const largeTeam: Row = {
  id: 'T19',
  what: 'a page of 50 in a team of 100,000 against one of 1,000, first and last; of an account in 1,000 teams against one in 60',
  target: '≤ 1.5 ×; `totalCount`, which counts, apart',
  measure: async ({ ours, database, full }) => {
    const [small, large] = [await seedTeam(database, MEMBERS.few), await seedTeam(database, MEMBERS.many)]
    const [some, all] = [await seedAccount(database, TEAMS.few), await seedAccount(database, TEAMS.many)]
    await settle(database)
    const [inSmall, inLarge] = [await places(ours, small), await places(ours, large)]
    const { first } = inSmall
    const pairs: readonly Pair[] = [
      { name: 'first', few: { list: small, args: first }, many: { list: large, args: first } },
      { name: 'last', few: { list: small, args: inSmall.last }, many: { list: large, args: inLarge.last } },
      { name: 'account', few: { list: some, args: first }, many: { list: all, args: first } },
    ]
    const counted = {
      name: 'with totalCount',
      few: { list: small, args: first, counts: true },
      many: { list: large, args: first, counts: true },
    }
    const found = await compare(ours, [...pairs, counted], full ? 9 : 5)
    const failed = found.reduce((sum, one) => sum + one.failed, 0)
    return {
      figures: {
        failed,
        ...Object.fromEntries(
          found.flatMap(({ name, few, many, ratio }) => [
            [`${name}: ratio`, ratio],
            [`${name}: milliseconds of few`, few],
            [`${name}: milliseconds of many`, many],
          ]),
        ),
      },
      says: found.map(({ name, few, many, ratio }) => `${name} ${short(few)} → ${short(many)} ms: ${short(ratio)} ×`).join('; '),
      met: found.slice(0, pairs.length).every(({ ratio }) => ratio <= 1.5) && failed === 0,
    }
  },
}
