/** The report of the matrix, made of what was seen. */
import { DETAILS, type Detail, FIELDS, type Onlooker, type Reach, SETTINGS, type Setting, VIEWERS } from './rules.ts'

/** What one viewer got by one way under one setting; `seen` is null where it was no membership. */
export type Cell = Readonly<{
  viewer: Onlooker
  way: string
  setting: Setting
  reach: Reach
  seen: Readonly<Record<string, unknown>> | null
}>

/** Whether a viewer who follows the list was told, under a setting, that a detail was changed. */
export type Told = Readonly<{ viewer: Onlooker; setting: Setting; detail: Detail; isTold: boolean }>

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(...header), `|${'---|'.repeat(header.length)}`, ...rows.map((cells) => row(...cells))].join('\n')

const WORDS: Readonly<Record<string, string>> = { theirs: 'seen', invited: 'seen', own: 'seen, his own', null: 'null' }

/** The details that were shown, whatever way led there; the ways do not differ, or they all stand here. */
const shown = (cells: readonly Cell[]): string => {
  const answers = cells.flatMap(({ seen, reach }) => {
    if (seen === null || reach === 'own') return []
    const hidden = seen.hidden as readonly string[]
    return [DETAILS.filter((detail) => !hidden.includes(detail)).join(' ') || 'none']
  })
  return [...new Set(answers)].toSorted().join(' or ') || 'no membership'
}

const name = ({ private: hidden, ownersSeeAll }: Setting): readonly string[] => [
  hidden.join(' ') || 'nothing',
  ownersSeeAll ? 'yes' : 'no',
]

/** The details that somebody was told of when they were changed. */
const news = (told: readonly Told[]): string =>
  told.length === 0
    ? 'may not follow'
    : told
        .filter(({ isTold }) => isTold)
        .map(({ detail }) => detail)
        .join(' ') || 'nothing'

/** @param cells one for each viewer, way and setting. @param told one for each setting, detail that can change, and follower. */
export const report = (cells: readonly Cell[], told: readonly Told[]): string => {
  const ways = [...new Set(cells.map(({ way }) => way))].toSorted()
  const of = (viewer: Onlooker, rest: Partial<Cell>) =>
    cells.filter(
      (cell) => cell.viewer === viewer && Object.entries(rest).every(([key, value]) => cell[key as keyof Cell] === value),
    )
  const reach = (way: string, viewer: Onlooker) => [
    ...new Set(of(viewer, { way }).map((cell) => WORDS[cell.reach] ?? cell.reach)),
  ]
  return `# Who sees what of a membership

Written by \`test/features/membership/matrix/matrix.test.ts\` from what a running server answered, and proven fresh by it. To write it
anew: \`npx vitest run --config test/vitest.config.ts --project embedded -u test/features/membership/matrix\`. The ways and the fields
are found in the schema; the rules stand in \`rules.ts\` beside the test, apart from the policy that is tested.

${cells.length.toLocaleString('en-US')} answers: ${VIEWERS.length} viewers, ${SETTINGS.length} settings, ${ways.length} ways.

## By which way who gets there

Every way that the schema has to a \`Membership\`, and what each viewer gets by it under every setting: the membership, null, or the
error. The stranger has an invitation to another team, whose link the others try too. The key with MEMBERSHIPS_READ has no ACCOUNTS_READ,
the key without it has; both have TEAMS_READ, TEAMS_WRITE and EVENTS_READ.

${table(
  ['way', ...VIEWERS],
  ways.map((way) => [`\`${way}\``, ...VIEWERS.map((viewer) => reach(way, viewer).join(' or '))]),
)}

## Which details are shown there

Of another's membership, by every way that leads there. What is not shown is null and stands in \`hidden\`.

${table(
  ['private', 'owners see all', ...VIEWERS],
  SETTINGS.map((setting) => [...name(setting), ...VIEWERS.map((viewer) => shown(of(viewer, { setting })))]),
)}

## Of which changes who is told

Of those who follow the list when a member (*himself*) gets another name or e-mail address.

${table(
  ['private', 'owners see all', ...VIEWERS],
  SETTINGS.map((setting) => [
    ...name(setting),
    ...VIEWERS.map((viewer) => news(told.filter((one) => one.viewer === viewer && one.setting === setting))),
  ]),
)}

## What the fields are

${table(
  ['field', 'for whom'],
  Object.entries(FIELDS).map(([field, kind]) => [
    `\`${field}\``,
    {
      everybody: 'whoever gets there',
      withheld: 'says what is withheld',
      account: 'the member himself, and whoever reads accounts',
    }[kind as string] ?? `where ${kind} is shown`,
  ]),
)}
`
}
