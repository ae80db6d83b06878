/** What a root field says about who may use it: its scope for the gate, its directives for the reader of the schema. */
import { ACTIONS, type Action, type ActionName } from '../policy/access.ts'
import { SETTING_BOUNDS } from '../policy/bounds.ts'

/** Everybody; a person; or whoever may do an action of the table. */
export type Access = 'public' | 'account' | ActionName

const FRESHNESS_SETTING = 'signIn.reauthenticationMaxAgeSeconds'

const directivesOf = (action: Action) => ({
  ...(action.needs === null ? {} : { requiresScope: { scope: action.needs, orOwner: action.owner } }),
  ...(action.fresh === 'NOBODY'
    ? {}
    : {
        requiresFreshProof: {
          from: action.fresh,
          maxAgeSetting: FRESHNESS_SETTING,
          defaultSeconds: SETTING_BOUNDS[FRESHNESS_SETTING].default,
        },
      }),
})

const scopesOf = (access: Access) => {
  if (access === 'public') return {} // no question, no cost: this is on the way of every request
  return { authScopes: access === 'account' ? { account: true } : { action: access } }
}

/** The options that put an access on a field. Its name goes into the extensions, so that a test can ask every root field. */
export const accessOptions = (access: Access) => ({
  ...scopesOf(access),
  directives: access === 'public' || access === 'account' ? {} : directivesOf(ACTIONS[access]),
  extensions: { access },
})
