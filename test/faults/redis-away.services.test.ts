/** Redis is killed, paused, or set back in time, and with it the copies of sessions that both nodes share. */
import { describe, expect, it } from 'vitest'
import { ownRedis } from '../support/redis.ts'
import { openHouse } from './house.ts'

const redis = await ownRedis()
const house = await openHouse({ here: redis.url, there: redis.url })
const { here, there, nodes } = house

/** Everything is as before the fault, and what ended in it stays ended. */
const isBack = async (ended: Parameters<typeof house.others>[0]): Promise<void> => {
  await house.untilBelieved()
  for (const node of nodes) await house.untilReady(node, true)
  expect(await house.others(ended, 'refused')).toEqual([])
}

describe('an ended session, when Redis', () => {
  it('is killed and comes back empty, is refused all the time, while live ones go on', { timeout: 90_000 }, async () => {
    for (const by of nodes) {
      const person = await house.person(8)
      await house.untilBelieved()
      await house.use(person)
      const ended = await house.endHalf(person, {
        by,
        begin: async () => {
          await redis.kill()
          for (const node of nodes) await house.untilReady(node, false)
        },
        isAtOnce: true,
      })
      await redis.start()
      const [next = person.own] = person.held.slice(-1)
      await house.revoke(by, person.own, next) // while the nodes find back, each in its own time
      for (const node of nodes) await house.untilRefused([next], node)
      await isBack([...ended, next])
    }
  })

  it('is killed in the middle of revocations, is refused within the bound', { timeout: 90_000 }, async () => {
    for (const by of nodes) {
      const person = await house.person(8)
      await house.untilBelieved()
      await house.use(person)
      let isUp = true
      const ended = await house.endHalf(person, {
        by,
        begin: () => undefined,
        meanwhile: async () => {
          await (isUp ? redis.kill() : redis.start())
          isUp = !isUp
        },
        isAtOnce: false,
      })
      if (!isUp) await redis.start()
      await isBack(ended)
    }
  })

  it('is paused, is refused within the bound, and stays so when it goes on', { timeout: 90_000 }, async () => {
    for (const [by, goesOn] of [
      [here, 'after'],
      [there, 'after'],
      [here, 'meanwhile'],
      [there, 'meanwhile'],
    ] as const) {
      const person = await house.person(8)
      await house.untilBelieved()
      await house.use(person)
      const ended = await house.endHalf(person, {
        by,
        begin: () => undefined,
        again: redis.pause,
        meanwhile: goesOn === 'meanwhile' ? redis.resume : () => undefined,
        isAtOnce: false,
      })
      redis.resume()
      await isBack(ended)
    }
  })

  it('comes back with records from before the end, is refused at once and for good', { timeout: 90_000 }, async () => {
    for (const by of nodes) {
      const person = await house.person(8)
      await house.untilBelieved()
      await house.use(person)
      const copies = (await redis.admin.keys('gatehouse:*:s:*')).length
      expect(copies).toBeGreaterThanOrEqual(9)
      const backInTime = await redis.picture()
      const ended = await house.endHalf(person, { by, begin: () => undefined, isAtOnce: true })
      await backInTime()
      expect((await redis.admin.keys('gatehouse:*:s:*')).length).toBeGreaterThanOrEqual(copies)
      for (let round = 0; round < 10; round++) expect(await house.others(ended, 'refused')).toEqual([])
      await isBack(ended)
    }
  })
})
