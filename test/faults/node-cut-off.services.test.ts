/** One node alone is cut off from Redis, with and without noticing, and ends sessions: the other cannot hear it from there. */
import { describe, expect, it } from 'vitest'
import { openDoor } from '../support/door.ts'
import { ownRedis } from '../support/redis.ts'
import { openHouse } from './house.ts'

const redis = await ownRedis()
const door = await openDoor(redis.url)
const house = await openHouse({ here: door.url, there: redis.url })
const { here, there, nodes } = house

const known = async () => {
  const person = await house.person(8)
  await house.untilBelieved()
  await house.use(person)
  return person
}

const isBack = async (ended: Parameters<typeof house.others>[0]): Promise<void> => {
  await house.untilBelieved()
  for (const node of nodes) await house.untilReady(node, true)
  for (let round = 0; round < 5; round++) expect(await house.others(ended, 'refused')).toEqual([])
}

describe('a session ended on a node that is cut off from Redis', () => {
  it('is refused by the other within the bound, and its sockets close there', { timeout: 90_000 }, async () => {
    for (let time = 0; time < 3; time++) {
      const person = await known()
      const ended = await house.endHalf(person, {
        by: here,
        begin: async () => {
          await door.shut()
          await house.untilReady(here, false)
          await house.untilReady(there, true)
        },
        isAtOnce: false,
      })
      await door.open()
      await isBack(ended)
    }
  })

  it('is refused so also where the node has not noticed, and what it says later changes nothing', {
    timeout: 90_000,
  }, async () => {
    for (let time = 0; time < 3; time++) {
      const person = await known()
      const ended = await house.endHalf(person, { by: here, begin: () => door.holdFrom(() => true), isAtOnce: false })
      await house.untilReady(here, false)
      door.release()
      await isBack(ended)
    }
  })

  it('is refused so also where the way breaks in the middle of the end', { timeout: 90_000 }, async () => {
    for (let time = 0; time < 2; time++) {
      const person = await known()
      let isOpen = true
      const ended = await house.endHalf(person, {
        by: here,
        begin: () => undefined,
        meanwhile: async () => {
          await (isOpen ? door.shut() : door.open())
          isOpen = !isOpen
        },
        isAtOnce: false,
      })
      if (!isOpen) await door.open()
      await isBack(ended)
    }
  })
})

describe('a session ended on a node that Redis hears', () => {
  it('is refused at once by one that is cut off, and its sockets close there', { timeout: 90_000 }, async () => {
    for (const begin of [door.shut, () => door.holdFrom(() => true)]) {
      const person = await known()
      const ended = await house.endHalf(person, { by: there, begin, isAtOnce: true })
      door.release()
      if (begin === door.shut) await door.open()
      await isBack(ended)
    }
  })
})
