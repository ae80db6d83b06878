/**
 * The shape of each mail: which words follow each other, which facts are listed, which links have a button. The words
 * themselves are in the catalogues, so a translation can change what is said but never lose a link.
 */
import type { MessageData, MessageKind } from './kinds.ts'
import { type Typed, typedAddress, typedName, typedWords } from './typed.ts'

/** Facts that a mail can list, by the name of their field. */
export type FactName = 'at' | 'device' | 'place' | 'ip' | 'method'

/** One part of a mail, from top to bottom. */
type Block<Data> =
  /** A paragraph: the catalogue's text of that name. */
  | Readonly<{ text: string; when?: (data: Data) => boolean }>
  /** A button with its link; left out where the link is null. */
  | Readonly<{ text: string; link: (data: Data) => string | null; strong: boolean }>
  | Readonly<{ facts: readonly (FactName & keyof Data)[] }>

/** What a placeholder of a text can stand for. Never a string: what is typed comes in cleaned, as `Typed`. */
export type Value = number | boolean | Typed

export type MailShape<Data> = Readonly<{
  values: (data: Data) => Readonly<Record<string, Value>>
  blocks: readonly Block<Data>[]
  /** Why the mail was sent, at its foot. Left out: because of the security of an account. */
  because?: 'invited'
}>

const NONE = () => ({})

/** What a team and an inviter are called, as far as that may stand in a mail; the texts without them stand in for what may not. */
const invitation = ({ team, inviter }: Readonly<{ team: string; inviter: string | null }>) => ({
  team: typedWords(team),
  inviter: typedName(inviter),
})

type Invited = Parameters<typeof invitation>[0]

const NOTHING: Typed = { typed: '' }

const INVITED = {
  values: (data: Invited) => ({ team: invitation(data).team ?? NOTHING, inviter: invitation(data).inviter ?? NOTHING }),
  intro: [
    { text: 'intro', when: (data: Invited) => invitation(data).team !== null },
    { text: 'introNameless', when: (data: Invited) => invitation(data).team === null },
    { text: 'inviter', when: (data: Invited) => invitation(data).inviter !== null },
  ],
} as const

export const MAILS = {
  'session-alert': {
    values: ({ isNewDevice }) => ({ isNewDevice }),
    blocks: [
      { text: 'intro' },
      { facts: ['at', 'device', 'place', 'ip', 'method'] },
      { text: 'wasNotMe' },
      { text: 'wasNotMeButton', link: ({ wasNotMeUrl }) => wasNotMeUrl, strong: true },
      { text: 'wasMe' },
      { text: 'wasMeButton', link: ({ wasMeUrl }) => wasMeUrl, strong: false },
      { text: 'safe' },
    ],
  },
  'account-locked': {
    values: ({ minutes }) => ({ minutes }),
    blocks: [
      { text: 'intro' },
      { facts: ['at', 'device', 'place', 'ip'] },
      { text: 'meaning' },
      { text: 'wasMe' },
      { text: 'wasNotMe' },
      { text: 'button', link: ({ recoverUrl }) => recoverUrl, strong: true },
      { text: 'safe' },
    ],
  },
  'sign-up-pending': {
    values: ({ hours }) => ({ hours }),
    blocks: [
      { text: 'intro', when: ({ finishUrl }) => finishUrl !== null },
      { text: 'button', link: ({ finishUrl }) => finishUrl, strong: true },
      { text: 'expiry', when: ({ finishUrl }) => finishUrl !== null },
      { text: 'otherDevice', when: ({ finishUrl }) => finishUrl !== null },
      { text: 'taken', when: ({ finishUrl }) => finishUrl === null },
      { text: 'takenButton', link: ({ recoverUrl }) => recoverUrl, strong: true },
      { text: 'notMe' },
    ],
  },
  'email-verification': {
    values: ({ expiresInHours, isChange }) => ({ hours: expiresInHours, isChange }),
    blocks: [
      { text: 'intro' },
      { text: 'button', link: ({ url }) => url, strong: true },
      { text: 'expiry' },
      { text: 'notMine' },
    ],
  },
  'email-changed': {
    values: ({ newEmailMasked, undoHours }) => ({ newEmail: typedAddress(newEmailMasked ?? ''), hours: undoHours }),
    blocks: [
      { text: 'intro', when: ({ newEmailMasked }) => newEmailMasked !== null },
      { text: 'removed', when: ({ newEmailMasked }) => newEmailMasked === null },
      { facts: ['at'] },
      { text: 'wasMe' },
      { text: 'wasNotMe', when: ({ undoUrl }) => undoUrl !== null },
      { text: 'button', link: ({ undoUrl }) => undoUrl, strong: true },
      { text: 'safe', when: ({ undoUrl }) => undoUrl !== null },
      { text: 'wasNotMeWithoutLink', when: ({ undoUrl }) => undoUrl === null },
    ],
  },
  'password-recovery': {
    values: ({ minutes }) => ({ minutes }),
    blocks: [{ text: 'intro' }, { text: 'button', link: ({ url }) => url, strong: true }, { text: 'expiry' }, { text: 'notMe' }],
  },
  'password-changed': {
    values: NONE,
    blocks: [
      { text: 'intro' },
      { facts: ['at', 'device', 'place', 'ip'] },
      { text: 'wasMe' },
      { text: 'wasNotMe', when: ({ recoverUrl }) => recoverUrl !== null },
      { text: 'button', link: ({ recoverUrl }) => recoverUrl, strong: true },
      { text: 'wasNotMeWithoutLink', when: ({ recoverUrl }) => recoverUrl === null },
    ],
  },
  invitation: {
    values: ({ days, ...data }) => ({ ...INVITED.values(data), days }),
    blocks: [...INVITED.intro, { text: 'button', link: ({ url }) => url, strong: true }, { text: 'expiry' }, { text: 'notMe' }],
    because: 'invited',
  },
  'already-member': { values: INVITED.values, blocks: [...INVITED.intro, { text: 'nothing' }], because: 'invited' },
} as const satisfies { readonly [Kind in MessageKind]: MailShape<MessageData[Kind]> }

type NamedText<Part> = Part extends { readonly text: infer Name extends string } ? Name : never

/** The texts that a kind needs in each catalogue. */
export type TextName<Kind extends MessageKind> = 'subject' | 'heading' | NamedText<(typeof MAILS)[Kind]['blocks'][number]>
