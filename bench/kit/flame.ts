/** A flame graph as a picture without script: each box a function, as wide as the time in it, upon its caller. */
import type { Frame, Stack } from './profile.ts'

type Box = { readonly frame: Frame; samples: number; readonly upon: Map<string, Box> }

const WIDTH = 1200
const ROW = 17
const LETTER = 6.2

/** Narrower boxes are left out. */
const LEAST = 2

const HUES: Readonly<Record<string, string>> = { gatehouse: '#8fd18f', node: '#9fb8e8', 'the engine': '#c9c9c9' }
const LIBRARY = '#f0bd7d'

const boxOf = (frame: Frame): Box => ({ frame, samples: 0, upon: new Map() })

const grow = (stacks: readonly Stack[]): Box => {
  const ground = boxOf({ home: 'the engine', name: 'all' })
  for (const stack of stacks) {
    let box = ground
    box.samples++
    for (const frame of stack) {
      const key = `${frame.home} ${frame.name}`
      const next = box.upon.get(key) ?? boxOf(frame)
      box.upon.set(key, next)
      next.samples++
      box = next
    }
  }
  return ground
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** @param title stands above it. */
export const flameGraph = (stacks: readonly Stack[], title: string): string => {
  const ground = grow(stacks)
  const scale = WIDTH / Math.max(1, ground.samples)
  const boxes: string[] = []
  let highest = 0
  const draw = (box: Box, x: number, depth: number): void => {
    const width = box.samples * scale
    if (width < LEAST) return
    highest = Math.max(highest, depth)
    const { home, name } = box.frame
    const share = ((box.samples / ground.samples) * 100).toFixed(1)
    const label = `${name} · ${home}`.slice(0, Math.max(0, Math.floor((width - 4) / LETTER)))
    boxes.push(
      `<g><title>${escaped(`${name} · ${home}: ${share} %`)}</title>` +
        `<rect x="${x.toFixed(1)}" y="${-depth * ROW}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${HUES[home] ?? LIBRARY}"/>` +
        (label.length < 4 ? '' : `<text x="${(x + 2).toFixed(1)}" y="${-depth * ROW + 12}">${escaped(label)}</text>`) +
        '</g>',
    )
    let left = x
    for (const next of [...box.upon.values()].sort((a, b) => b.samples - a.samples)) {
      draw(next, left, depth + 1)
      left += next.samples * scale
    }
  }
  draw(ground, 0, 0)
  const height = (highest + 3) * ROW
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 ${-(highest + 2) * ROW} ${WIDTH} ${height}" font-family="monospace" font-size="10">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0" y="${-(highest + 2) * ROW}" width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="2" y="${-(highest + 1) * ROW}" font-size="13">${escaped(title)} (green: Gatehouse, orange: libraries, blue: Node, grey: V8 and the system)</text>`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n')
}
