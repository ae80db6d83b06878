/**
 * Whether a password is known from breaches: a filter file on this machine, or the range protocol that gives away no more than
 * the first five hex digits of a SHA-1 (k-anonymity). Where nobody can say, the answer is null, and the settings decide.
 */
import type { Log } from '../log.ts'
import { openFilter } from './filter.ts'
import { openRange } from './range.ts'

export type BreachedConfig = Readonly<{ kind: 'none' } | { kind: 'filter'; path: string } | { kind: 'range'; url: string }>

export type Breached = Readonly<{
  /** Whether there is anybody to ask. */
  isConfigured: boolean
  /** @param password normalised. @returns null where nobody can say. Never throws. */
  has: (password: string) => Promise<boolean | null>
  close: () => void
}>

/** Who is asked. @throws where it cannot say. */
export type Source = Readonly<{ has: (password: string) => Promise<boolean>; close: () => void }>

/** Turns failures into null, and tells the log when they begin and when they end. */
const answering = ({ has, close }: Source, log: Log): Breached => {
  let failing = false
  return {
    isConfigured: true,
    has: async (password) => {
      try {
        const answer = await has(password)
        if (failing) log.info({}, 'breached passwords can be looked up again')
        failing = false
        return answer
      } catch (error) {
        if (!failing) log.warn({ error }, 'breached passwords cannot be looked up; the settings say what follows')
        failing = true
        return null
      }
    },
    close,
  }
}

/** @throws if the filter file cannot be read, or is none. */
export const openBreached = (config: BreachedConfig, log: Log): Breached => {
  if (config.kind === 'filter') return answering(openFilter(config.path), log)
  if (config.kind === 'range') return answering(openRange(config.url), log)
  return { isConfigured: false, has: async () => null, close: () => undefined }
}
