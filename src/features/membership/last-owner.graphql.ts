/** How it looks in the schema that somebody cannot go because nobody else would run his teams. */
import { errorType } from '../../graphql/errors.ts'
import { TeamRef } from '../team/team.graphql.ts'
import { LastOwner } from './membership.ts'

errorType(LastOwner, 'Returned when a team with members would have no owner who stays.', (t) => ({
  teams: t.field({
    type: [TeamRef],
    description: 'The teams, as far as the viewer may see them.',
    resolve: async ({ teamIds }, _args, { load }) =>
      (await Promise.all(teamIds.map((id) => load.team.load(id)))).filter((team) => team !== null),
  }),
}))
