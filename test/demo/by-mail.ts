/** The second act: the owner is away and nobody is signed in as her. All she has is the mail, and that is enough. */
import { SignOutDocument } from '../../src/client/generated/graphql.ts'
import { testClient } from '../support/client.ts'
import { hiddenFields } from '../support/forms.ts'
import { signUp, stranger } from './people.ts'
import { tell, told, until } from './story.ts'

const EMAIL = 'grace@example.com'

const textOf = (html: string): string =>
  html
    .replace(/<[^>]+>/g, '')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')

type Mail = Readonly<{ subject: string; link: string }>

/** Looks into the mailbox page of the server, as whoever develops against it does. @returns null if there is none for her yet. */
const newestMail = async (url: string): Promise<Mail | null> => {
  const list = await (await fetch(new URL('/mailbox', url))).text()
  const row = list.split('<tr>').find((part) => part.includes(EMAIL))
  const [, id, subject = ''] = /<a href="\?id=(\w+)">(.+?)<\/a>/.exec(row ?? '') ?? []
  if (id === undefined) return null
  const mail = textOf(await (await fetch(new URL(`/mailbox?id=${id}`, url))).text())
  const link = /It wasn’t me:\s+(\S+)/.exec(mail)?.[1]
  told(link !== undefined, 'the mail has no link', mail)
  return { subject: textOf(subject), link }
}

/** What a page holds for whoever reads it, and for whoever presses its button. */
const pageOf = async (response: Response) => {
  const html = await response.text()
  return {
    status: response.status,
    title: textOf(/<h1>(.+?)<\/h1>/.exec(html)?.[1] ?? ''),
    button: textOf(/<button>(.+?)<\/button>/.exec(html)?.[1] ?? ''),
    form: hiddenFields(html),
    says: (words: RegExp): string => words.exec(textOf(html))?.[0] ?? '',
  }
}

export const byMail = async (url: string): Promise<void> => {
  const phone = testClient(url)
  await signUp(phone, EMAIL, 'Grace')
  const signOut = (await phone.gql(SignOutDocument, { input: {} })).data.signOut
  told(signOut?.__typename === 'SignOutPayload', 'the sign-out was refused', signOut)
  tell(`Grace signs up as ${EMAIL}, and out again: no page of hers is open.`)

  const thief = await stranger(url, EMAIL)
  const ending = await thief.listens()
  tell(`Somebody else signs in with her password, and listens: session ${thief.session.id}.`)

  const { subject, link } = await until(() => newestMail(url), 'there is no mail for her')
  const { origin, pathname } = new URL(link)
  tell(`A mail is in her mailbox: "${subject}", with a link to ${origin}${pathname}.`)

  const page = await pageOf(await fetch(link))
  told(page.status === 200 && page.button !== '', 'the page is not there', page.status)
  told(await thief.isSignedIn(), 'opening the link has ended the session')
  tell(`She opens it: "${page.title}", and a button. Nothing has changed, the stranger is still signed in.`)

  const pressed = await pageOf(await fetch(new URL(pathname, link), { method: 'POST', body: page.form, headers: { origin } }))
  told(pressed.status === 200, 'the button did not work', pressed.status)
  tell(`She presses "${page.button}": "${pressed.says(/We ended[^.]+\./)}" She is signed in nowhere.`)

  await thief.isThrownOut(ending)
  const again = await pageOf(await fetch(link))
  told(again.status === 410, 'the link still works', again.status)
  tell(`He tries the password again: ${await thief.triesAgain()}. The link in the mail is used up: "${again.title}".`)
}
