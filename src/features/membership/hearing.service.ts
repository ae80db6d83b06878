/**
 * What the lists hear that are open on this node, in the order of the log: what happens to their teams, and which members have other
 * details. Events of an account name no team, so each of them is asked about once, however many lists are open: in which of their
 * teams is the account? While no list is open, nothing is heard and nothing is asked.
 */
import { coalesced } from '../../kernel/coalesce.ts'
import { DomainError } from '../../kernel/errors.ts'
import type { Bell } from '../../kernel/events.ts'
import { asRefusal, type Database } from '../../ports/db/index.ts'
import type { Log } from '../../ports/log.ts'
import type { EventService } from '../event/event.service.ts'
import { detailsChangedBy, isOfDetails, isOfTeam, type ListNews } from './change.ts'
import * as store from './membership.store.ts'

export type HearingService = ReturnType<typeof hearingService>

type Listener = (news: ListNews) => void

/** What one list hears. */
type Passed = Readonly<{ teamId: string; news: ListNews }>

type Needs = Readonly<{ db: Database; events: EventService; log: Log }>

/** How soon the database is asked again that was away, in milliseconds. */
const RETRY_MS = 1_000

export const hearingService = ({ db, events, log }: Needs) => {
  const open = new Map<string, Set<Listener>>()
  /** Heard, and not passed on yet: whatever comes behind a question waits for its answer. */
  const waiting: Bell[] = []
  let stopHearing = (): void => undefined
  let isRetrying = false

  /** What an event of an account means to the open teams that it was in then: who joins later is shown with his new details. */
  const detailsOf = async (bell: Bell, accountId: string): Promise<readonly Passed[]> => {
    const teamIds = [...(await store.rolesIn(db.read, accountId, [...open.keys()])).keys()]
    const event = teamIds.length === 0 ? null : await events.behind(bell)
    const details = event === null ? [] : detailsChangedBy(event)
    if (details.length === 0) return []
    const joinedLater = await events.subjectsAfter(bell, 'membership.joined')
    return teamIds.filter((id) => !joinedLater.has(id)).map((teamId) => ({ teamId, news: { accountId, details } }))
  }

  /** Who hears what of it. */
  const meaningOf = async (bell: Bell): Promise<readonly Passed[]> => {
    if (open.size === 0) return [] // everybody has left
    if (bell.subjectId !== null && isOfTeam(bell.type)) return [{ teamId: bell.subjectId, news: { news: bell } }]
    return bell.accountId === null ? [] : detailsOf(bell, bell.accountId)
  }

  const passOn = coalesced(async () => {
    for (let [bell] = waiting; bell !== undefined; [bell] = waiting) {
      const passed = await meaningOf(bell).catch((error: unknown) => {
        if (asRefusal(error) instanceof DomainError) throw error
        log.error({ error, type: bell.type }, 'a change of a member was not told to his teams')
        return []
      })
      waiting.shift()
      for (const { teamId, news } of passed) for (const listener of open.get(teamId) ?? []) listener(news)
    }
  })

  const passOnSoon = (): void => {
    passOn().catch((error: unknown) => {
      log.warn({ error }, 'changes of members could not be told to their teams yet')
      if (isRetrying) return
      isRetrying = true
      setTimeout(() => {
        isRetrying = false
        passOnSoon()
      }, RETRY_MS).unref()
    })
  }

  const heard = (bell: Bell): void => {
    const isMeant = isOfTeam(bell.type) ? bell.subjectId !== null && open.has(bell.subjectId) : isOfDetails(bell.type)
    if (!isMeant) return
    waiting.push(bell)
    passOnSoon()
  }

  return {
    /** Hears from now on what a team's list does, each once and in order. @returns how to stop. */
    hear: (teamId: string, listener: Listener): (() => void) => {
      if (open.size === 0) stopHearing = events.hear('all', heard)
      const listeners = open.get(teamId) ?? new Set()
      open.set(teamId, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0 || open.get(teamId) !== listeners) return
        open.delete(teamId)
        if (open.size === 0) stopHearing()
      }
    },

    /** Passes on what was heard until now. */
    passOn,
  }
}
