/** Forms of pages, as a browser sends them. */

/** What the form of a page sends besides what is typed. */
export const hiddenFields = (html: string): URLSearchParams =>
  new URLSearchParams(
    [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name = '', value = '']) => [name, value]),
  )
