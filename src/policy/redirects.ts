/** Where a link in a mail may lead: the operator's list, by exact origin and path. Pure. */
import { SIZES } from './bounds.ts'

/** The address as it counts: origin and path, as the URL standard reads them. Null for what is none, or carries more than a page's address does. */
const readAddress = (text: string): URL | null => {
  if (text.length > SIZES.url || !URL.canParse(text)) return null
  const url = new URL(text)
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb && url.username === '' && url.password === '' && url.hash === '' ? url : null
}

/**
 * Finds an address in the list. Its own query may say what it likes and stays.
 * @param allowed addresses without a query.
 * @returns the address in its parsed form, which is what is sent; null if it is not in the list.
 */
export const readRedirect = (allowed: readonly string[], given: string): URL | null => {
  const url = readAddress(given)
  const listed = allowed.some((text) => {
    const entry = readAddress(text)
    return entry !== null && entry.origin === url?.origin && entry.pathname === url.pathname
  })
  return listed ? url : null
}

/** Whether an entry may stand in the list. @param isLoopback tells whether a host is this machine: only there plain http will do. */
export const isRedirectEntry = (text: string, isLoopback: (host: string) => boolean): boolean => {
  const url = readAddress(text)
  return url !== null && url.search === '' && (url.protocol === 'https:' || isLoopback(url.hostname))
}

/** @returns the link with `token` in its query, in place of one that is there already. */
export const withToken = (link: URL | string, token: string): string => {
  const url = new URL(link)
  url.searchParams.set('token', token)
  return url.href
}
