/** What does not compile: each line that is expected to be wrong is wrong, or the compiler says so (visibility.test.ts asks it). */

import { MembershipRef } from '../../src/features/membership/membership.graphql.ts'
import type { Membership } from '../../src/features/membership/membership.ts'
import { builder } from '../../src/graphql/builder.ts'
import type { MembershipView } from '../../src/policy/visibility.ts'

declare const stored: Membership
declare const view: MembershipView
declare const take: (view: MembershipView) => void

take(view)

// @ts-expect-error: as it is stored
take(stored)

// @ts-expect-error: with what a view has besides
take({ ...stored, hidden: [], isViewer: false })

// @ts-expect-error: a view with a detail put back
take({ ...view, userName: stored.userName })

// @ts-expect-error: a copy, which could be changed
take({ ...view })

// @ts-expect-error: a view is not changed
view.userName = stored.userName

builder.queryField('leak', (t) =>
  t.field({
    type: MembershipRef,
    // @ts-expect-error: a resolver that gives what is stored
    resolve: () => stored,
  }),
)
