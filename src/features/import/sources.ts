/** Where files come from: one row a system, each with how it says what an account is. */

import { fromAppwrite } from './from-appwrite.ts'
import { fromAuth0 } from './from-auth0.ts'
import { fromBetterAuth } from './from-better-auth.ts'
import type { FirebaseHashing } from './from-firebase.ts'
import { fromFirebase } from './from-firebase.ts'
import { fromGatehouse } from './from-gatehouse.ts'
import { fromSupabase } from './from-supabase.ts'
import type { ImportedRow } from './import.ts'

/** What a reader may have to know besides the row. */
type Known = Readonly<{ now: Date; firebase: FirebaseHashing | null }>

/** Reads one row of an export. May refuse it, with a sentence that repeats nothing of it. */
export type ReadExport = (
  known: Known,
) => (value: Readonly<Record<string, unknown>>) => ImportedRow | Readonly<{ refused: string }>

export const SOURCES = {
  gatehouse: fromGatehouse,
  firebase: fromFirebase,
  supabase: fromSupabase,
  appwrite: fromAppwrite,
  auth0: fromAuth0,
  'better-auth': fromBetterAuth,
} as const satisfies Record<string, ReadExport>

export type SourceName = keyof typeof SOURCES

export const isSource = (name: string): name is SourceName => Object.hasOwn(SOURCES, name)
