/** How it looks in the schema that somebody cannot go because nobody else would run his teams. */
import { errorType } from '../../graphql/errors.ts'
import { TeamRef } from '../team/team.graphql.ts'
import { LastOwner } from './membership.ts'

/** So many as the cost of a document takes a list to have. */
const NAMED = 10

errorType(LastOwner, 'Returned when a team with members would have no owner who stays.', (t) => ({
  teams: t.field({
    type: [TeamRef],
    description: `The first ${NAMED} of the teams, as far as the viewer may see them.`,
    resolve: async ({ teamIds }, _args, { load }) =>
      (await Promise.all(teamIds.slice(0, NAMED).map((id) => load.team.load(id)))).filter((team) => team !== null),
  }),
}))
