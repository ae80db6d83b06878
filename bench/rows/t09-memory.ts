import { type Row, reads } from '../kit/stage.ts'
import { short } from '../kit/stats.ts'

const MINUTES = { short: 0.25, full: 10 }
/** Garbage that waits for its collection is not growth. */
const NOISE_MEGABYTES = 15

/** T9: after T1's run, and then under T1's load for a while. */
export const memory: Row = {
  id: 'T9',
  what: 'memory after the T1 run',
  target: '≤ 130 MB resident; no growth over 10 minutes',
  measure: async ({ ours, measured, full }) => {
    const after = measured.get('T1')?.figures.residentMegabytes ?? Number.NaN
    const minutes = full ? MINUTES.full : MINUTES.short
    await reads(ours, { seconds: minutes * 60 })
    const later = ours.resident() / 1e6
    return {
      figures: { residentMegabytes: after, laterMegabytes: later, minutes },
      says: `${short(after)} MB; ${short(later)} MB after ${short(minutes)} more minutes of load`,
      met: after <= 130 && later <= Math.max(130, after) && later - after <= NOISE_MEGABYTES,
    }
  },
}
