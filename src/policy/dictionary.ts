/** A list of passwords in little room: one string, where each begins, and a table to find them by hash. Exact: no false answer. Pure. */
import { foldCase } from './folding.ts'

export type Dictionary = Readonly<{
  /** How many different passwords are in it. */
  size: number
  /** What it keeps in memory. */
  bytes: number
  /** @param folded by `foldCase`. @returns its place, the most common being 1; null if it is not in the list. */
  rankOf: (folded: string) => number | null
}>

/** FNV-1a over the code units. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** @param entries the most common first; the same one in another case is the same. */
export const openDictionary = (entries: readonly string[]): Dictionary => {
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(entries.length + 1) + 1)) // at most half of them taken, so that probes stay short
  const mask = slots.length - 1
  const starts = new Uint32Array(entries.length + 1)
  const kept: string[] = []

  for (const entry of entries) {
    const folded = foldCase(entry)
    let slot = hashOf(folded) & mask
    for (let place = slots[slot]; place !== 0 && kept[(place ?? 0) - 1] !== folded; place = slots[slot]) slot = (slot + 1) & mask
    if (slots[slot] !== 0) continue
    starts[kept.length + 1] = (starts[kept.length] ?? 0) + folded.length
    slots[slot] = kept.push(folded)
  }

  const text = kept.join('')
  return {
    size: kept.length,
    bytes: text.length + starts.byteLength + slots.byteLength,
    rankOf: (folded) => {
      for (let slot = hashOf(folded) & mask; ; slot = (slot + 1) & mask) {
        const place = slots[slot] ?? 0
        if (place === 0) return null
        const start = starts[place - 1] ?? 0
        if ((starts[place] ?? 0) - start === folded.length && text.startsWith(folded, start)) return place
      }
    },
  }
}
