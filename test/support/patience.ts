/** A client that comes back when the server is too busy, after the time it was told. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Answer } from './client.ts'

/** @param ask asks once. @returns the first answer that is another one than "too busy". */
export const patiently = async (ask: () => Promise<Answer>): Promise<Answer> => {
  for (;;) {
    const answer = await ask()
    const { code, retryAfterSeconds } = answer.errors?.[0]?.extensions ?? {}
    if (code !== 'SERVICE_UNAVAILABLE') return answer
    await pause(Number(retryAfterSeconds) * 1000)
  }
}
