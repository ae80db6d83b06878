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
  return hash >>> 0
}

/** @param entries the most common first; the same one in another case is the same. */
export const openDictionary = (entries: readonly string[]): Dictionary => {
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(entries.length + 1) + 1)) // at most half of them taken, so that probes stay short
  const mask = slots.length - 1
  const kept: string[] = []

  /** The slot that has the text, or the free one where it would be. */
  const slotOf = (text: string, isAt: (place: number) => boolean): number => {
    let slot = hashOf(text) & mask
    for (let place = slots[slot] ?? 0; place !== 0 && !isAt(place); place = slots[slot] ?? 0) slot = (slot + 1) & mask
    return slot
  }

  for (const entry of entries) {
    const folded = foldCase(entry)
    const slot = slotOf(folded, (place) => kept[place - 1] === folded)
    if (slots[slot] === 0) slots[slot] = kept.push(folded)
  }

  const text = kept.join('')
  const starts = new Uint32Array(kept.length + 1)
  for (const [index, entry] of kept.entries()) starts[index + 1] = (starts[index] ?? 0) + entry.length

  return {
    size: kept.length,
    bytes: text.length + starts.byteLength + slots.byteLength,
    rankOf: (folded) => {
      const slot = slotOf(folded, (place) => {
        const [start = 0, end = 0] = [starts[place - 1], starts[place]]
        return end - start === folded.length && text.startsWith(folded, start)
      })
      return slots[slot] || null
    },
  }
}
