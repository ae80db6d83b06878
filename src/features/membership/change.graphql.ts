/** Live changes of a team's list in the schema. */
import { builder } from '../../graphql/builder.ts'
import { enumFrom } from '../../graphql/enums.ts'
import { subscription } from '../../graphql/subscription.ts'
import type { News } from '../../kernel/events.ts'
import { CHANGE_KINDS, kindOf, type MembershipChange } from './change.ts'
import { MembershipRef } from './membership.graphql.ts'

const MembershipChangeKindEnum = enumFrom('MembershipChangeKind', 'What happened to a membership.', CHANGE_KINDS)

const MembershipChangeRef = builder.objectRef<MembershipChange>('MembershipChange')
builder.objectType(MembershipChangeRef, {
  description: 'A change of a team’s list. Seen by whoever may read the list.',
  fields: (t) => ({
    kind: t.expose('kind', { type: MembershipChangeKindEnum, description: 'What happened.' }),
    membership: t.field({
      type: MembershipRef,
      description:
        'The membership as it is when this is told, masked as everywhere. One that was removed is shown as it was, without its details, which are null.',
      resolve: ({ see }) => see(),
    }),
  }),
})

subscription('memberships', {
  access: 'membership.read',
  description:
    'Changes of a team’s list as they happen on any node, in order, for whoever is in the team and for operators with MEMBERSHIPS_READ; NOT_FOUND for others. What is removed before it was told is told as REMOVED only. Completes after the viewer’s own REMOVED, and when the team is deleted. Changed names and addresses are not told.',
  type: MembershipChangeRef,
  args: (t) => ({ teamId: t.id({ required: true, description: 'The team.' }) }),
  feed: async ({ teamId }, { services: { following }, viewer }) => {
    await following.begin(viewer, teamId)
    const heard: News[] = []
    let isFirst = true
    let isOver = false
    return {
      topic: `subject:${teamId}`,
      hears: 'IN_ORDER',
      fromNow: true,
      concerns: (news) => (kindOf(news.type) !== null || news.type === 'team.deleted') && heard.push(news) > 0,
      isOver: () => isOver,
      batch: 1, // each is looked at when its turn comes: the one before may have been the last
      read: async () => {
        if (isFirst) isOver = !(await following.mayFollow(viewer, teamId)) // gone between the question and the first news
        isFirst = false
        for (let [news] = heard; news !== undefined && !isOver; [news] = heard) {
          const { change, isLast } = await following.tell(viewer, teamId, news)
          heard.shift()
          isOver = isLast
          if (change !== null) return [change]
        }
        return []
      },
    }
  },
})
