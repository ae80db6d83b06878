/** Redis stays, but is emptied, cuts connections, or gets what a slow node wrote long after its time. */
import { describe, expect, it } from 'vitest'
import { openDoor } from '../support/door.ts'
import { ownRedis } from '../support/redis.ts'
import { openHouse } from './house.ts'

const redis = await ownRedis()
const door = await openDoor(redis.url)
const house = await openHouse({ here: redis.url, there: door.url })
const { here, there, nodes } = house

/** Someone whose sessions both nodes have copies of, and believe. */
const known = async () => {
  const person = await house.person(8)
  await house.untilBelieved()
  await house.use(person)
  return person
}

describe('an ended session, when Redis', () => {
  it('is emptied between its end and its next use, is refused at once', { timeout: 90_000 }, async () => {
    for (const by of nodes) {
      const person = await known()
      const ended = await house.endHalf(person, { by, begin: () => redis.admin.flushall(), isAtOnce: true })
      for (let round = 0; round < 5; round++) {
        await redis.admin.flushall()
        expect(await house.others(ended, 'refused')).toEqual([])
      }
      await house.untilBelieved()
      expect(await house.others(ended, 'refused')).toEqual([])
    }
  })

  it('is emptied while it ends, is refused once that is answered', { timeout: 90_000 }, async () => {
    for (const by of nodes) {
      const person = await known()
      const ended = await house.endHalf(person, {
        by,
        begin: () => undefined,
        again: () => redis.admin.flushall(),
        meanwhile: () => redis.admin.flushall(),
        isAtOnce: true,
      })
      await house.untilBelieved()
      expect(await house.others(ended, 'refused')).toEqual([])
    }
  })

  it('gets a copy of it from a slow node after its end, emptied or not, is refused at once', { timeout: 90_000 }, async () => {
    for (const isEmptied of [false, true, false, true]) {
      const person = await house.person(8)
      await house.untilBelieved()
      for (const session of person.held) {
        door.holdFrom((bytes) => bytes.includes(`"session":{"id":"${session.id}"`))
        // the other node has read that it is live, and its copy is on the way; one that doubts Redis just then writes none
        const isOnTheWay = async (): Promise<boolean> => {
          await house.untilBelieved()
          expect(await house.others([session], 'accepted', [there])).toEqual([])
          return expect
            .poll(door.isHolding, { interval: 1 })
            .toBe(true)
            .then(
              () => true,
              () => false,
            )
        }
        await expect.poll(isOnTheWay, { timeout: 30_000 }).toBe(true)
        await house.revoke(here, person.own, session)
        if (isEmptied) await redis.admin.flushall()
        door.release()
        for (let round = 0; round < 16; round++) expect(await house.others([session], 'refused')).toEqual([])
      }
      await house.untilBelieved()
      expect(await house.others(person.held, 'refused')).toEqual([])
    }
  })

  it('cuts the connections of the copies, is refused within the bound', { timeout: 90_000 }, async () => {
    for (const by of nodes) {
      const person = await known()
      expect(await redis.cut('gatehouse-copies')).toBe(2)
      const ended = await house.endHalf(person, {
        by,
        begin: () => undefined,
        again: () => redis.cut('gatehouse-copies'),
        meanwhile: () => redis.cut('gatehouse-copies'),
        isAtOnce: false,
      })
      await house.untilBelieved()
      expect(await house.others(ended, 'refused')).toEqual([])
    }
  })

  it('cuts every subscription, is refused at once, and its sockets close though no bell is heard', {
    timeout: 90_000,
  }, async () => {
    for (const by of nodes) {
      const person = await known()
      const ended = await house.endHalf(person, {
        by,
        begin: () => redis.cut('gatehouse-listen'),
        again: () => redis.cut('gatehouse-listen'),
        isAtOnce: true,
      })
      for (const node of nodes) await house.untilReady(node, true)
      expect(await house.others(ended, 'refused')).toEqual([])
    }
  })
})
