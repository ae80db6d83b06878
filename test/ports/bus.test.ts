import { randomUUID } from 'node:crypto'
import { openBus } from '../../src/ports/bus/index.ts'
import { onServices } from '../support/engines.ts'
import { busContract } from './bus.contract.ts'

if (onServices()) busContract('on Redis', (log) => openBus(process.env.REDIS_URL ?? '', `gatehouse-test:${randomUUID()}`, log))
else busContract('inside one process', (log) => openBus(null, 'anything', log))
