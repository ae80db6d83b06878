/** How many lasting connections one address holds on this node: sockets and event streams together. */
export type Places = Readonly<{
  /** @returns how to give the place back; null if the address has as many as it may. */
  take: (ip: string | null) => (() => void) | null
}>

/** @param most places an address. */
export const openPlaces = (most: number): Places => {
  const taken = new Map<string, number>()
  const leave = (ip: string): void => {
    const left = (taken.get(ip) ?? 1) - 1
    if (left <= 0) taken.delete(ip)
    else taken.set(ip, left)
  }
  return {
    take: (peer) => {
      const ip = peer ?? ''
      const held = taken.get(ip) ?? 0
      if (held >= most) return null
      taken.set(ip, held + 1)
      return () => leave(ip)
    },
  }
}
