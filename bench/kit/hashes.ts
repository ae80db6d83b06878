/** Hashes on the server's core, without a server: bare, or through its gate. */
import { fileURLToPath } from 'node:url'
import { start } from './process.ts'

const LOOP = fileURLToPath(new URL('../hash-loop.ts', import.meta.url))

export type HashRate = Readonly<{ perSecond: number; cpuEach: number }>

export const hashRate = (seconds: number, way: 'bare' | 'gate'): Promise<HashRate> =>
  new Promise((resolve, reject) => {
    const { child } = start(['--import', 'tsx', LOOP, String(seconds), way], {}, 0)
    let said = ''
    child.stdout?.on('data', (chunk) => (said += chunk))
    child.once('close', (code) => (code === 0 ? resolve(JSON.parse(said)) : reject(new Error('the hashes broke off'))))
  })
