/** Live changes of a team's list in the schema. */
import { builder } from '../../graphql/builder.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { subscription } from '../../graphql/subscription.ts'
import { CHANGE_KINDS, type ListNews, type MembershipChange } from './change.ts'
import { MembershipRef } from './membership.graphql.ts'

const MembershipChangeKindEnum = enumFrom('MembershipChangeKind', 'What happened to a membership.', CHANGE_KINDS)

const MembershipChangeRef = builder.objectRef<MembershipChange>('MembershipChange')
builder.objectType(MembershipChangeRef, {
  description: 'A change of a team’s list. Seen by whoever may read the list.',
  fields: (t) => ({
    kind: t.expose('kind', { type: MembershipChangeKindEnum, description: 'What happened.' }),
    membership: t.expose('membership', {
      type: MembershipRef,
      description:
        'The membership as it is when this is told, masked as everywhere. One that was removed is shown as it was, without its details, which are null.',
    }),
  }),
})

subscription('memberships', {
  access: 'membership.read',
  description:
    'Changes of a team’s list as they happen on any node, in order, for whoever is in the team and for operators with MEMBERSHIPS_READ; NOT_FOUND for others. What is removed before it was told is told as REMOVED only. Completes after the viewer’s own REMOVED, and when the team is deleted. A member’s new name or address is told to whoever may see it.',
  type: MembershipChangeRef,
  args: (t) => ({ teamId: t.id({ required: true, description: 'The team.' }) }),
  feed: async ({ teamId }, { services: { following }, viewer }) => {
    await following.begin(viewer, teamId)
    const heard: ListNews[] = []
    let isFirst = true
    let isOver = false
    return {
      listen: (ring) =>
        following.hear(teamId, (news) => {
          heard.push(news)
          ring()
        }),
      fromNow: true,
      isOver: () => isOver,
      read: async () => {
        if (isFirst) isOver = !(await following.mayFollow(viewer, teamId)) // gone between the question and the first news
        isFirst = false
        return heard.splice(0)
      },
      show: async (news: ListNews) => {
        const { change, isLast } = await following.tell(viewer, teamId, news)
        isOver = isLast
        return change
      },
    }
  },
})
