/** Who listens to which events in this process: an event finds its listeners through a map, nobody else is asked. */
import type { News } from '../../kernel/events.ts'
import type { Log } from '../../ports/log.ts'

/** Everything, one account's part of it, or what happens to one thing. */
export type Topic = 'all' | `account:${string}` | `subject:${string}`

/** @param log where a listener's failure goes; the others hear all the same. */
export const listeners = <T extends News>(log: Log) => {
  const known = new Map<Topic, Set<(news: T) => void>>()

  const tellTopic = (topic: Topic, news: T): void => {
    for (const listener of known.get(topic) ?? []) {
      try {
        listener(news)
      } catch (error) {
        log.error({ error, type: news.type }, 'a listener failed')
      }
    }
  }

  return {
    /** @returns how to stop. */
    add: (topic: Topic, listener: (news: T) => void): (() => void) => {
      const ones = known.get(topic) ?? new Set()
      known.set(topic, ones.add(listener))
      return () => {
        ones.delete(listener)
        if (ones.size === 0 && known.get(topic) === ones) known.delete(topic)
      }
    },
    tell: (news: T): void => {
      tellTopic('all', news)
      if (news.accountId !== null) tellTopic(`account:${news.accountId}`, news)
      if (news.subjectId !== null) tellTopic(`subject:${news.subjectId}`, news)
    },
    clear: (): void => known.clear(),
  }
}
