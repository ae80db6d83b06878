/** Whose request it is: the socket's peer, unless that is a trusted proxy; then the right-most hop that is not. */
import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number]

const parse = (text: string): ipaddr.IPv4 | ipaddr.IPv6 | null => (ipaddr.isValid(text) ? ipaddr.process(text) : null)

const rangeOf = (text: string): Range => {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.process(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

const isWithin = (address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Range): boolean =>
  address.kind() === network.kind() && address.match(network, bits)

export type Peer = Readonly<{ ip: string | null; trusted: boolean }>

/** @param ranges addresses and CIDR ranges, already checked. @returns who asks, from the peer's address and X-Forwarded-For. */
export const peerReader = (ranges: readonly string[]) => {
  const trusted = ranges.map(rangeOf)
  const isTrusted = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean => trusted.some((range) => isWithin(address, range))
  /** The same few peers ask again and again. */
  const known = new LRUCache<string, Peer>({ max: 10_000 })
  const directly = (peer: string): Peer => {
    const address = parse(peer)
    return { ip: address?.toString() ?? null, trusted: address !== null && isTrusted(address) }
  }
  return (peer = '', forwardedFor: string | undefined): Peer => {
    const direct = known.get(peer) ?? directly(peer)
    known.set(peer, direct)
    if (!direct.trusted) return direct
    let nearest = direct.ip ?? ''
    for (const hop of (forwardedFor ?? '').split(',').reverse()) {
      const address = parse(hop.trim())
      if (address === null) break // nothing beyond a hop that nobody can read is worth believing
      nearest = address.toString()
      if (!isTrusted(address)) break
    }
    return { ip: nearest, trusted: true }
  }
}
