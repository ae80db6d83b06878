/** What a request asks, where it has the plain shape; whatever is unusual is null, and for Yoga to judge. */

export type Params = Readonly<{
  query: string
  variables?: Record<string, unknown>
  operationName?: string
  extensions?: Record<string, unknown>
}>

const KNOWN = new Set(['query', 'variables', 'operationName', 'extensions'])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isAbsentOr = (value: unknown, fits: (value: unknown) => boolean): boolean =>
  value === undefined || value === null || fits(value)

const plain = (params: unknown): Params | null =>
  isObject(params) &&
  typeof params.query === 'string' &&
  isAbsentOr(params.variables, isObject) &&
  isAbsentOr(params.extensions, isObject) &&
  isAbsentOr(params.operationName, (name) => typeof name === 'string') &&
  Object.keys(params).every((key) => KNOWN.has(key))
    ? (params as Params)
    : null

/** Of a body of JSON. */
export const paramsOfBody = (body: string): Params | null => {
  try {
    return plain(JSON.parse(body))
  } catch {
    return null
  }
}

/** Of what stands behind the question mark of an address, as an EventSource asks. */
export const paramsOfQuery = (text: string): Params | null => {
  try {
    const entries = [...new URLSearchParams(text)].map(([name, value]) =>
      name === 'variables' || name === 'extensions' ? [name, JSON.parse(value) as unknown] : [name, value],
    )
    return new Set(entries.map(([name]) => name)).size === entries.length ? plain(Object.fromEntries(entries)) : null
  } catch {
    return null
  }
}
