/** A door to Redis that can be shut, or jammed, or made to hold what goes through, without anybody else noticing. */
import { connect, createServer, type Socket } from 'node:net'

/** @param to a redis:// URL; the door's own has the same path. */
export const openDoor = async (to: string) => {
  const { hostname, port } = new URL(to)
  const pairs = new Set<readonly [Socket, Socket]>()
  const held: (() => void)[] = []
  let isJammed = false
  let holdsFrom: ((bytes: Buffer) => boolean) | null = null
  let isHolding = false

  const pass = (from: Socket, into: Socket, isRequest: boolean): void => {
    from.on('data', (bytes) => {
      if (isJammed) return
      if (isRequest && holdsFrom?.(bytes) === true) isHolding = true
      if (isRequest && isHolding) held.push(() => void into.write(bytes))
      else into.write(bytes)
    })
  }

  const server = createServer((near) => {
    const far = connect(Number(port || 6379), hostname)
    const pair = [near, far] as const
    pairs.add(pair)
    pass(near, far, true)
    pass(far, near, false)
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => undefined)
      one.on('close', () => {
        other.destroy()
        pairs.delete(pair)
      })
    }
  })
  let at = 0
  const listen = (): Promise<void> => new Promise((resolve) => server.listen(at, '127.0.0.1', () => resolve()))
  await listen()
  const address = server.address()
  at = typeof address === 'object' && address !== null ? address.port : 0
  const url = new URL(to)
  url.host = `127.0.0.1:${at}`
  return {
    url: url.href,
    /** Local ports of the connections to Redis: how Redis knows them. */
    ports: () => [...pairs].map(([, far]) => far.localPort),
    open: listen,
    /** Cuts every connection and takes no other. */
    shut: async (): Promise<void> => {
      const shut = new Promise((resolve) => server.close(resolve))
      for (const [near] of pairs) near.destroy()
      await shut
    },
    /** Jammed, it swallows everything. */
    jam: (jammed: boolean): void => {
      isJammed = jammed
    },
    /** Keeps back every request from the first on that `isFirst` recognises. */
    holdFrom: (isFirst: (bytes: Buffer) => boolean): void => {
      holdsFrom = isFirst
    },
    isHolding: () => isHolding,
    /** Lets go of what was kept back, in its order, however late. */
    release: (): void => {
      holdsFrom = null
      isHolding = false
      for (const write of held.splice(0)) write()
    },
  }
}
