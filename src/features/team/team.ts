/** A team: accounts that belong together. What is acceptable about one. */
import { type InvalidField, InvalidInput } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/events.ts'
import { SIZES } from '../../policy/bounds.ts'
import { preferencesProblem, textProblem } from '../../policy/text.ts'

export type Team = Readonly<{
  id: string
  name: string
  preferences: Readonly<Record<string, Json>>
  createdAt: Date
}>

/** Left out, or a name of null: unchanged. Preferences of null: emptied. */
export type TeamChange = Readonly<{
  name?: string | null | undefined
  preferences?: Readonly<Record<string, Json>> | null | undefined
}>

export type TeamFilter = Readonly<{ search?: string | null | undefined }>

const nameProblem = (name: string): string | null =>
  name.trim() === '' ? 'Give the team a name.' : textProblem(name, SIZES.name)

/** The change in stored form. @throws InvalidInput with every field that is not acceptable. */
export const checkTeamChange = ({ name, preferences }: TeamChange): Partial<Pick<Team, 'name' | 'preferences'>> => {
  const problems: Readonly<Record<string, string | null>> = {
    name: name == null ? null : nameProblem(name),
    preferences: preferences == null ? null : preferencesProblem(preferences),
  }
  const fields: InvalidField[] = Object.entries(problems).flatMap(([path, message]) =>
    message === null ? [] : [{ path: `input.${path}`, message }],
  )
  if (fields.length > 0) throw new InvalidInput(fields)
  return {
    ...(name == null ? {} : { name: name.trim() }),
    ...(preferences === undefined ? {} : { preferences: preferences ?? {} }),
  }
}
