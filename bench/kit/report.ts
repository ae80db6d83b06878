/** The results of a run, and the tables of them that README.md and docs/performance.md hold between two marks. */
import type { Measured } from './stage.ts'

export type Results = Readonly<{
  date: string
  full: boolean
  machine: Readonly<{
    cpu: string
    cores: number
    memoryGigabytes: number
    /** Above the number of cores, others were busy on the machine and absolute figures are rough. */
    loadBefore: number
  }>
  versions: Readonly<Record<string, string>>
  seconds: number
  rows: readonly (Readonly<{ id: string; what: string; target: string }> & Measured)[]
}>

const [BEGIN, END] = ['<!-- bench: written by npm run bench -->', '<!-- /bench -->']

/** As GitHub shows it. */
export const tableOf = (rows: Results['rows']): string =>
  [
    '| # | what | target | measured | verdict |',
    '|---|---|---|---|---|',
    ...rows.map(
      ({ id, what, target, says, met }) => `| ${id} | ${what} | ${target} | ${says} | ${met ? 'met' : '**not met**'} |`,
    ),
  ].join('\n')

const sentenceOf = ({ date, machine, versions, full }: Results): string =>
  `Run of ${date.slice(0, 10)} ${date.slice(11, 16)} UTC${full ? ', in full' : ''}: ${machine.cpu}, ${machine.cores} cores, ` +
  `${machine.memoryGigabytes} GB, load ${machine.loadBefore.toFixed(1)} before it began; Node ${versions.node}, ` +
  `PostgreSQL ${versions.postgresql?.split(' ')[0]}, Redis ${versions.redis}.`

/** @returns `text` with these results between the marks. @throws if it has no marks. */
export const withResults = (text: string, results: Results): string => {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (from < 0 || to < from) throw new Error('there are no marks between which the results belong')
  return `${text.slice(0, from)}${BEGIN}\n${sentenceOf(results)}\n\n${tableOf(results.rows)}\n${text.slice(to)}`
}
