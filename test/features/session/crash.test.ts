/** kill -9 in the middle of many sign-ins: what was acknowledged is there, and is told exactly once. */
import { afterAll, describe, expect, it } from 'vitest'
import { type Acknowledged, as, lastAlert, listen, newPerson, openScene, type Person, signIn } from './crash.ts'

const SIGN_INS = 2_000
const KILLS = 5
/** Acknowledged sign-ins between two kills, and behind the last. */
const STRETCH = Math.floor(SIGN_INS / (KILLS + 1))
/** So many that nobody comes near the 100 sessions that an account may have. */
const PEOPLE = 25
const AT_ONCE = 16

const scene = await openScene()
afterAll(scene.close)

/** Signs people in, many at once, until so many are acknowledged, or until `kill` has done its work. */
const storm = async (url: string, people: readonly Person[], acknowledged: Acknowledged[], until: number, kill?: () => void) => {
  let begun = acknowledged.length
  let isKilled = false
  const one = async (): Promise<void> => {
    while (!isKilled && (kill !== undefined || begun < until)) {
      const { email } = people[begun++ % people.length] as Person
      const made = await signIn(url, email).catch((error: unknown) => (isKilled ? null : Promise.reject(error)))
      if (made === null) return
      acknowledged.push(made)
      if (kill === undefined || isKilled || acknowledged.length < until) continue
      isKilled = true
      kill()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

/** Every one of these opens the door. */
const present = async (url: string, sessions: readonly Acknowledged[]): Promise<void> => {
  const left = [...sessions]
  const one = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop())
      expect((await as(url, next.token).gql('{ account { id } }')).errors).toBeUndefined()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}

describe(`a server that is killed ${KILLS} times in the middle of ${SIGN_INS} sign-ins`, () => {
  it('has lost no session, alert or event that it acknowledged, and tells each alert once, in order, to who resumes', {
    timeout: 600_000,
  }, async () => {
    const people = await scene.here(async ({ operators }, url) => {
      const { secret } = await operators.createKey({ name: 'crash', scopes: ['SETTINGS_WRITE'], expiresAt: null })
      await as(url, secret).gql('mutation { updateSecuritySettings(input: { sessions: { limit: 100 } }) { __typename } }')
      return Promise.all(Array.from({ length: PEOPLE }, (_, index) => newPerson(url, `crash${index}@example.com`)))
    })

    const acknowledged: Acknowledged[] = []
    let server = await scene.start()
    for (let kills = 1; kills <= KILLS; kills++) {
      const { url, child, ended } = server
      const before = acknowledged.length
      const until = kills * STRETCH
      const listening = people.map((person) => listen(url, person))
      await storm(url, people, acknowledged, until, () => child.kill('SIGKILL'))
      expect(await ended).toBeNull()
      await Promise.all(listening)
      expect(acknowledged.length).toBeGreaterThanOrEqual(until)
      expect(acknowledged.length).toBeLessThan(until + AT_ONCE) // the rest of those at once was cut off
      server = await scene.start()
      await present(server.url, acknowledged.slice(before))
    }
    await storm(server.url, people, acknowledged, SIGN_INS)
    expect(acknowledged).toHaveLength(SIGN_INS)
    for (const person of people) {
      const last = await lastAlert(server.url, person)
      await listen(server.url, person, () => person.after === last)
    }
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)

    await scene.here(async ({ db }) => {
      const ids = acknowledged.map(({ id }) => id)
      expect(await db.read.session.count({ where: { id: { in: ids }, endedAt: null } })).toBe(SIGN_INS)
      for (const { accountId, heard } of people) {
        const alerts = await db.read.sessionAlert.findMany({ where: { accountId }, orderBy: { sequence: 'asc' } })
        expect(heard).toEqual(alerts.map(({ sessionId }) => sessionId))
      }
      const told = new Set(people.flatMap(({ heard }) => heard))
      expect(ids.filter((id) => !told.has(id))).toEqual([])
      const opened = await db.read.event.findMany({ where: { type: 'session.opened', subjectId: { in: ids } } })
      expect(opened.map(({ subjectId }) => subjectId).toSorted()).toEqual(ids.toSorted())
    })
    const verify = scene.command('verify-events')
    expect(await verify.ended).toBe(0)
    expect(verify.said.out).toMatch(/^\d+ events, \d+ checkpoints, 0 problems\n$/)
  })
})
