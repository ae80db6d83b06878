/**
 * Hashing has the threads of libuv's pool to itself: whatever else waited for one of them would wait behind every hash of a
 * storm of sign-ins. So the pool is filled here, and everything that needs no hash goes on.
 */
import { pbkdf2 } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { testApp } from '../support/app.ts'
import { REVOKE } from './documents.ts'

const app = await testApp()

/** As many as the pool has threads. */
const THREADS = Number(process.env.UV_THREADPOOL_SIZE ?? 4)
const JOBS = 4 * THREADS

/** Work for every thread, and a line behind. @returns how much of it is done, and when all is. */
const fillPool = () => {
  let done = 0
  const jobs = Array.from(
    { length: JOBS },
    () =>
      new Promise<void>((resolve) =>
        pbkdf2('password', 'salt', 300_000, 32, 'sha512', () => {
          done++
          resolve()
        }),
      ),
  )
  return { done: () => done, over: Promise.all(jobs) }
}

it('a request that needs no hash waits for no thread: a read, a change, a socket and a page', async () => {
  const { browser, email } = await app.person()
  const other = app.browser()
  const { session } = await app.signIn(other, email)
  const ended = await app.subscribe(other, 'subscription { sessionEnded { endReason } }')

  const pool = fillPool()
  const behind = stat('.').then(pool.done) // what waits for a thread, for comparison
  expect((await browser.gql('{ account { email hasPassword } }')).data.account).toEqual({ email, hasPassword: true })
  const alerts = await app.subscribe(browser, 'subscription { sessionAlerts { id } }')
  expect((await browser.gql(REVOKE, { id: session.id })).errors).toBeUndefined()
  expect((await ended.next())?.data.sessionEnded).toEqual({ endReason: 'REVOKED_BY_ACCOUNT' })
  expect((await browser.fetch('/alerts/review?token=none')).status).toBe(410)
  expect((await browser.fetch('/healthz')).status).toBe(200)
  expect(pool.done()).toBeLessThanOrEqual(JOBS - THREADS)
  expect(await behind).toBeGreaterThan(JOBS - THREADS)

  alerts.stop()
  await pool.over
})
