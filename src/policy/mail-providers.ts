/** Domains whose name says nothing of a person, because everybody may have an address there. */

/** Names that are mail providers under whatever ending. Shorter ones, such as gmx, are no tokens anyway. */
const NAMES: ReadonlySet<string> = new Set([
  'duck',
  'email',
  'fastmail',
  'freenet',
  'gmail',
  'googlemail',
  'hanmail',
  'hotmail',
  'hushmail',
  'icloud',
  'inbox',
  'laposte',
  'libero',
  'live',
  'mail',
  'mailbox',
  'mailfence',
  'msn',
  'naver',
  'outlook',
  'posteo',
  'proton',
  'protonmail',
  'rambler',
  'rediffmail',
  'rocketmail',
  'runbox',
  'seznam',
  'tuta',
  'tutanota',
  'virgilio',
  'wanadoo',
  'yahoo',
  'yandex',
  'ymail',
  'zoho',
  'zohomail',
])

/** Names that are a provider under one ending, and a company or a word under others. */
const DOMAINS: ReadonlySet<string> = new Set([
  'arcor.de',
  'bigpond.com',
  'bluewin.ch',
  'btinternet.com',
  'centrum.cz',
  'charter.net',
  'comcast.net',
  'cox.net',
  'docomo.ne.jp',
  'earthlink.net',
  'excite.com',
  'foxmail.com',
  'free.fr',
  'interia.pl',
  'juno.com',
  'nate.com',
  'neuf.fr',
  'onet.pl',
  'online.de',
  'optonline.net',
  'optusnet.com.au',
  'orange.fr',
  'rogers.com',
  'shaw.ca',
  'sina.com',
  'sohu.com',
  'softbank.ne.jp',
  'sympatico.ca',
  't-online.de',
  'telenet.be',
  'telus.net',
  'terra.com.br',
  'tiscali.it',
  'verizon.net',
  'vodafone.de',
  'yeah.net',
  'ziggo.nl',
])

/** What stands before the country where it does not name anybody: co.uk, com.br, ac.jp. */
const SECOND_LEVELS: ReadonlySet<string> = new Set(
  'ac,co,com,edu,go,gob,gouv,gov,gv,id,ltd,me,mil,ne,net,nhs,nom,or,org,plc,sch'.split(','),
)

/**
 * @param domain in Unicode, lower case.
 * @returns its own name, such as `acme` of mail.acme.co.uk; null for a public mail provider, and where there is none.
 */
export const domainNameOf = (domain: string): string | null => {
  const labels = domain.split('.')
  const last = labels.at(-1) ?? ''
  const suffix = labels.length > 2 && last.length === 2 && SECOND_LEVELS.has(labels.at(-2) ?? '') ? 2 : 1
  const name = labels.at(-suffix - 1) ?? ''
  const registered = labels.slice(-suffix - 1).join('.')
  return name === '' || NAMES.has(name) || DOMAINS.has(registered) ? null : name
}
