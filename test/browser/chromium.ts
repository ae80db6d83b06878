/** The browser of these suites: Chromium without a head, which CI must have. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

/** Whether there is none, so that the suites are left out. @throws in CI. */
export const isMissing = !existsSync(CHROMIUM)
if (isMissing && process.env.CI === 'true') throw new Error(`CI needs ${CHROMIUM}.`)
if (isMissing) console.warn(`There is no ${CHROMIUM}: the suites in a browser are left out.`)

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
