/** Batched reads for edges, one set per operation. Each gives what the viewer may see, and null for the rest. */
import DataLoader from 'dataloader'
import type { Account } from '../features/account/account.ts'
import type { ApiKey } from '../features/api-key/api-key.ts'
import type { Device } from '../features/device/device.ts'
import type { Session } from '../features/session/session.ts'
import type { Team } from '../features/team/team.ts'
import type { Viewer } from '../kernel/viewer.ts'
import type { OwnFacts, Services } from './context.ts'

type Maybe<T> = T | null

/** One edge: reads what is asked in the same turn together. What is known already is given at once, without a turn. */
type Edge<T> = Readonly<{ load: (id: string) => Maybe<T> | Promise<Maybe<T>> }>

export type Loaders = Readonly<{
  account: Edge<Account>
  apiKey: Edge<ApiKey>
  device: Edge<Device>
  session: Edge<Session>
  team: Edge<Team>
  viewerRoles: Edge<readonly string[]>
  passwordChangedAt: Edge<Date>
  lastActiveAt: Edge<Date>
}>

/** Made for every operation, used by few: the loader itself waits until it is needed. */
const edge = <T>(
  read: (ids: readonly string[]) => Promise<readonly Maybe<T>[]>,
  known?: T & Readonly<{ id: string }>,
): Edge<T> => {
  let loader: DataLoader<string, Maybe<T>> | undefined
  return {
    load: (id) => {
      if (known?.id === id) return known
      loader ??= new DataLoader(read)
      return loader.load(id)
    },
  }
}

/** @param own what authenticating has read of the viewer himself. */
export const makeLoaders = (
  { accounts, apiKeys, credentials, devices, sessions, teams }: Services,
  viewer: Viewer,
  own: OwnFacts | null,
): Loaders => ({
  account: edge((ids) => accounts.byIds(viewer, ids), own?.account),
  apiKey: edge((ids) => apiKeys.byIds(viewer, ids)),
  device: edge(devices.byIds),
  session: edge(sessions.byIds, own?.session),
  team: edge((ids) => teams.byIds(viewer, ids)),
  viewerRoles: edge((ids) => teams.viewerRoles(viewer, ids)),
  passwordChangedAt: edge(credentials.changedAt),
  lastActiveAt: edge(sessions.lastActiveAt),
})
