/** Reading a CPU profile of V8: which package and function each sample was in, and by which callers. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type CallFrame = Readonly<{ functionName: string; url: string; lineNumber: number }>

type Profile = Readonly<{
  nodes: readonly Readonly<{ id: number; callFrame: CallFrame; children?: readonly number[] }>[]
  samples: readonly number[]
  /** Microseconds before each sample. */
  timeDeltas: readonly number[]
  startTime: number
  endTime: number
}>

/** Where a function is from, and its name. */
export type Frame = Readonly<{ home: string; name: string }>

/** The last frame is the function that ran; the first is its outermost caller. */
export type Stack = readonly Frame[]

/** A bundle says before each part which file it was; by line, the package of that file, or ours. */
const homesOf = (path: string): readonly string[] => {
  if (!existsSync(path)) return []
  let home = 'gatehouse'
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => {
      const file = /^\s*\/\/ (\S+\.[cm]?[jt]s)$/.exec(line)?.[1]
      if (file !== undefined) home = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? 'gatehouse'
      return home
    })
}

const bundles = new Map<string, readonly string[]>()

const homeOf = ({ url, lineNumber }: CallFrame): string => {
  if (url === '') return 'the engine'
  if (url.startsWith('node:')) return 'node'
  const installed = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (installed !== undefined || !url.startsWith('file:')) return installed ?? 'WebAssembly'
  const lines = bundles.get(url) ?? homesOf(fileURLToPath(url))
  bundles.set(url, lines)
  return lines[lineNumber] ?? 'gatehouse'
}

const frameOf = (frame: CallFrame): Frame => ({
  home: homeOf(frame),
  name: frame.functionName || `(line ${frame.lineNumber + 1})`,
})

/** @returns the stack of each sample of the last `milliseconds` in which something ran. */
export const stacksOf = (text: string, milliseconds: number): readonly Stack[] => {
  const profile = JSON.parse(text) as Profile
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const known = new Map<number, Stack>()
  const stackOf = (id: number): Stack => {
    const node = nodes.get(id)
    if (node === undefined || node.callFrame.functionName === '(root)') return []
    const parent = parents.get(id)
    const stack = known.get(id) ?? [...(parent === undefined ? [] : stackOf(parent)), frameOf(node.callFrame)]
    known.set(id, stack)
    return stack
  }
  let at = profile.startTime
  return profile.samples.flatMap((sample, index) => {
    at += profile.timeDeltas[index] ?? 0
    const stack = stackOf(sample)
    const name = stack.at(-1)?.name
    const ran = name !== undefined && name !== '(idle)' && name !== '(program)'
    return ran && at >= profile.endTime - milliseconds * 1000 ? [stack] : []
  })
}
