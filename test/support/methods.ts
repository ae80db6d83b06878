/** Sign-ins by methods whose door is not what a test is about: the proof that each leaves, and what follows every proof. */
import type { Proof } from '../../src/features/session/opening.service.ts'
import type { SignInMethod } from '../../src/features/settings/settings.ts'
import type { TestApp } from './app.ts'

const proof = (method: SignInMethod, factors: Proof['factors'], byPerson = true): Proof => ({
  method,
  factors,
  provider: method === 'OAUTH' ? 'github' : null,
  byPerson,
})

export const PROOFS: Readonly<Record<SignInMethod, Proof>> = {
  PASSWORD: proof('PASSWORD', ['PASSWORD']),
  MAGIC_LINK: proof('MAGIC_LINK', ['EMAIL']),
  EMAIL_CODE: proof('EMAIL_CODE', ['EMAIL']),
  PHONE_CODE: proof('PHONE_CODE', ['PHONE']),
  OAUTH: proof('OAUTH', ['OAUTH']),
  ANONYMOUS: proof('ANONYMOUS', []),
  PASSKEY: proof('PASSKEY', ['PASSKEY']),
  CUSTOM_TOKEN: proof('CUSTOM_TOKEN', ['TOKEN'], false),
  INVITATION: proof('INVITATION', ['TOKEN'], false),
  SERVER: proof('SERVER', [], false),
}

const CALLER = {
  viewer: { kind: 'guest', signedOutReason: null },
  source: { ip: '192.0.2.1', userAgent: null, requestId: 'test' },
  deviceCookie: null,
} as const

/** From an app that keeps a device key. */
export const enterBy = ({ app }: Pick<TestApp, 'app'>, accountId: string, proven: Proof, deviceKey: string) =>
  app.signIn.enter({ accountId, proof: proven, isStill: async () => true }, { transport: 'TOKEN', deviceKey }, CALLER)
