import { randomUUID } from 'node:crypto'
import { afterAll } from 'vitest'
import { openCopies } from '../../src/ports/copies/index.ts'
import { onServices } from '../support/engines.ts'
import { memoryLog } from './bus.contract.ts'
import { copiesContract, epochCounter } from './copies.contract.ts'

if (onServices())
  copiesContract('in Redis', async () => {
    const [{ epochs }, prefix] = [epochCounter(), `gatehouse-test:${randomUUID()}`]
    const open = () => openCopies({ kind: 'redis', url: process.env.REDIS_URL ?? '', prefix }, epochs, memoryLog().log)
    const nodes = [await open(), await open()] as const
    afterAll(() => Promise.all(nodes.map((node) => node.close())))
    return { nodes, epochs, flush: null }
  })
else
  copiesContract('inside one process', async () => {
    const { epochs } = epochCounter()
    const node = await openCopies({ kind: 'embedded' }, epochs, memoryLog().log)
    return { nodes: [node, node], epochs, flush: null }
  })
