/** Batched reads for edges, one set per operation. Each gives what the viewer may see, and null for the rest. */
import DataLoader from 'dataloader'
import type { Account } from '../features/account/account.ts'
import type { ApiKey } from '../features/api-key/api-key.ts'
import type { Device } from '../features/device/device.ts'
import type { Session } from '../features/session/session.ts'
import type { Viewer } from '../kernel/viewer.ts'
import type { OwnFacts, Services } from './context.ts'

export type Loaders = Readonly<{
  account: DataLoader<string, Account | null>
  apiKey: DataLoader<string, ApiKey | null>
  device: DataLoader<string, Device | null>
  session: DataLoader<string, Session | null>
  passwordChangedAt: DataLoader<string, Date | null>
  lastActiveAt: DataLoader<string, Date | null>
}>

/** Made on first use: most operations need none of them. */
const lazily = <T extends object>(makers: { readonly [Name in keyof T]: () => T[Name] }): T => {
  const made: Partial<T> = {}
  const target = {} as T // filled with getters below, one for each maker
  for (const name of Object.keys(makers) as (keyof T)[])
    Object.defineProperty(target, name, {
      get: () => {
        made[name] ??= makers[name]()
        return made[name]
      },
    })
  return target
}

const loader = <T>(read: (ids: readonly string[]) => Promise<readonly (T | null)[]>) => new DataLoader<string, T | null>(read)

/** What is known already need not be read. */
const primed = <T extends Readonly<{ id: string }>>(empty: DataLoader<string, T | null>, known: T | undefined) =>
  known === undefined ? empty : empty.prime(known.id, known)

/** @param own what authenticating has read of the viewer himself. */
export const makeLoaders = (
  { accounts, apiKeys, credentials, devices, sessions }: Services,
  viewer: Viewer,
  own: OwnFacts | null,
): Loaders =>
  lazily<Loaders>({
    account: () =>
      primed(
        loader((ids) => accounts.byIds(viewer, ids)),
        own?.account,
      ),
    apiKey: () => loader((ids) => apiKeys.byIds(viewer, ids)),
    device: () => loader(devices.byIds),
    session: () => primed(loader(sessions.byIds), own?.session),
    passwordChangedAt: () => loader(credentials.changedAt),
    lastActiveAt: () => loader(sessions.lastActiveAt),
  })
