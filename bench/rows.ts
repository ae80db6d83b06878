/** The table of what is measured, in the order in which it is: T1 first, on a fresh server, and T3 and T9 after it. */
import type { Row } from './kit/stage.ts'
import { readsByCookie } from './rows/t01-reads.ts'
import { readsOfRow } from './rows/t02-row.ts'
import { latency } from './rows/t03-latency.ts'
import { signIns } from './rows/t04-sign-in.ts'
import { storm } from './rows/t05-storm.ts'
import { revocation } from './rows/t06-revocation.ts'
import { idle } from './rows/t07-idle.ts'
import { fanOut } from './rows/t08-fan-out.ts'
import { memory } from './rows/t09-memory.ts'
import { twoProcesses } from './rows/t10-two.ts'
import { embedded } from './rows/t11-embedded.ts'
import { coldStart } from './rows/t12-start.ts'
import { growth } from './rows/t13-growth.ts'
import { mailServers } from './rows/t14-mail.ts'
import { passwords } from './rows/t15-passwords.ts'
import { gate } from './rows/t16-gate.ts'
import { enumeration } from './rows/t17-enumeration.ts'
import { masking } from './rows/t18-masking.ts'
import { largeTeam } from './rows/t19-large-team.ts'

export const ROWS: readonly Row[] = [
  readsByCookie,
  latency,
  memory,
  readsOfRow,
  signIns,
  storm,
  revocation,
  idle,
  fanOut,
  twoProcesses,
  embedded,
  coldStart,
  growth,
  mailServers,
  gate,
  passwords,
  enumeration,
  masking,
  largeTeam,
]
