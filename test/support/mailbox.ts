/** The mails of a development server, read as an operator reads them. */
import { expect } from 'vitest'
import type { MessageKind } from '../../src/features/message/texts/kinds.ts'
import type { TestApp } from './app.ts'
import { tokenOf } from './links.ts'

type Mail = Readonly<{ kind: MessageKind; subject: string; text: string; html: string }>

export const mailboxOf = async (app: TestApp) => {
  const reader = await app.key('MESSAGES_READ')

  /** What was sent to an address, newest first. */
  const to = async (email: string): Promise<readonly Mail[]> =>
    (
      await reader.gql('query ($to: String!) { messages(filter: { to: $to }) { nodes { kind subject text html } } }', {
        to: email,
      })
    ).data.messages.nodes

  /** The links of the newest mail of a kind to an address. */
  const links = async (email: string, kind: MessageKind): Promise<readonly URL[]> => {
    const mail = (await to(email)).find((candidate) => candidate.kind === kind)
    expect(mail, `no mail about ${kind} to ${email}`).toBeDefined()
    return [...(mail?.text ?? '').matchAll(/^https?:\/\/\S+$/gm)].map(([link]) => new URL(link))
  }

  return {
    to,
    links,
    /** The token of its first link. */
    token: async (email: string, kind: MessageKind): Promise<string> => {
      const [link] = await links(email, kind)
      return link === undefined ? '' : tokenOf(link)
    },
    kinds: async (email: string): Promise<readonly MessageKind[]> => (await to(email)).map(({ kind }) => kind),
  }
}
