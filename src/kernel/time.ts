/** Time comes in from outside. Everything that lives, expires or waits asks one injected clock. */
export type Clock = Readonly<{ now(): Date }>

/** @param seconds may be negative. @returns the moment that many seconds after `from`. */
export const after = (from: Date, seconds: number): Date => new Date(from.getTime() + seconds * 1000)

/** Whole seconds from one moment to another, rounded up, never negative. */
export const secondsUntil = (now: Date, then: Date): number => Math.max(0, Math.ceil((then.getTime() - now.getTime()) / 1000))

/** The earlier of two moments, where null means never. */
export const earlier = (a: Date, b: Date | null): Date => (b !== null && b < a ? b : a)
