/** One message of each kind, with everything that can be known. */
import type { MessageData, MessageKind } from '../../../../src/features/message/texts/kinds.ts'

const OCCASION = {
  at: new Date('2026-11-24T08:05:00.000Z'),
  timeZone: 'UTC',
  device: { client: 'Firefox', machine: 'Windows' },
  place: { city: null, countryCode: 'AT' },
  ip: '203.0.113.7',
} as const

const link = (path: string, token: string): string => `https://id.example.com/${path}?token=${token}`

export const SAMPLES: MessageData = {
  'session-alert': {
    name: 'Ada Lovelace',
    ...OCCASION,
    place: { city: 'Vienna', countryCode: 'AT' },
    method: 'PASSWORD',
    isNewDevice: true,
    wasMeUrl: link('alerts/review', 'tok_was-me'),
    wasNotMeUrl: link('alerts/review', 'tok_was-not-me'),
  },
  'account-locked': { name: 'Ada Lovelace', ...OCCASION, minutes: 15, recoverUrl: 'https://id.example.com/recover' },
  'sign-up-pending': { name: 'Ada Lovelace', finishUrl: link('email/verify', 'tok_finish'), hours: 24, recoverUrl: null },
  'email-verification': { name: 'Ada Lovelace', url: link('verify', 'tok_verify'), expiresInHours: 24, isChange: false },
  'email-changed': {
    name: 'Ada Lovelace',
    at: OCCASION.at,
    timeZone: OCCASION.timeZone,
    newEmailMasked: 'n•••@example.org',
    undoUrl: link('undo', 'tok_undo'),
    undoHours: 72,
  },
  'password-recovery': { name: 'Ada Lovelace', url: link('recover', 'tok_recover'), minutes: 60 },
  'password-changed': { name: 'Ada Lovelace', ...OCCASION, recoverUrl: link('recover', 'tok_recover') },
  invitation: { name: 'Ada Lovelace', team: 'Bell ringers', inviter: 'Ann', url: link('join', 'tok_join'), days: 7 },
  'already-member': { name: 'Ada Lovelace', team: 'Bell ringers', inviter: 'Ann' },
}

/** What a kind says as well, where something about it is otherwise: for the snapshots. */
export const VARIANTS: { readonly [Kind in MessageKind]?: Readonly<Record<string, Partial<MessageData[Kind]>>> } = {
  'session-alert': { 'on a known device, nothing else known': { isNewDevice: false, device: null, place: null, ip: null } },
  'email-verification': { 'for a new address': { isChange: true } },
  'email-changed': {
    'by an operator': { undoUrl: null },
    'taken away by an operator': { undoUrl: null, newEmailMasked: null },
  },
  'password-changed': { 'without a way to recover': { recoverUrl: null } },
  invitation: {
    'to nobody known, from nobody who is named': { name: null, inviter: null },
    'with a name that would be a link': { team: '0660 1234567', inviter: 'www.evil.example' },
  },
  'already-member': {
    'from nobody who is named, to a team with no name for a mail': { team: 'www.evil.example', inviter: null },
  },
  'sign-up-pending': { 'to an address that has an account': { finishUrl: null, recoverUrl: 'https://id.example.com/recover' } },
}
