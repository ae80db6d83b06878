/** How the demo tells what happens, and how it breaks off where something else does. */
import { setTimeout as sleep } from 'node:timers/promises'

/** How long anything may take before the story counts as broken. */
const PATIENCE_MS = 5_000

const began = performance.now()
let previous = began

export const tell = (text: string): void => {
  const now = performance.now()
  const [since, took] = [now - began, now - previous].map((ms) => ms.toFixed(0))
  console.log(`${since?.padStart(7)} ms ${`(+${took})`.padStart(8)}  ${text}`)
  previous = performance.now()
}

/** @throws unless the story goes on as told. */
export function told(condition: boolean, otherwise: string, what?: unknown): asserts condition {
  if (!condition) throw new Error(`${otherwise}${what === undefined ? '' : `: ${JSON.stringify(what)}`}`)
}

/** Asks again and again until there is an answer. @returns it. */
export const until = async <T>(ask: () => Promise<T | null> | T | null, otherwise: string): Promise<T> => {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(5)) {
    const answer = await ask()
    if (answer !== null) return answer
    told(performance.now() < deadline, otherwise)
  }
}
