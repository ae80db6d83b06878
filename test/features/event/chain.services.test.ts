import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { readChain } from './chain.ts'

const app = await testApp()
const other = await app.node()

describe('the event log', () => {
  it('is one chain without a gap after fifty sign-ins at once on two nodes', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => app.person()))
    const before = (await readChain(app)).links.length
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const node = index % 2 === 0 ? app : other
        return node.signIn(node.browser(), people[index % people.length]?.email ?? '')
      }),
    )
    const { links, head } = await readChain(other)
    expect(links.length).toBeGreaterThanOrEqual(before + 50)
    expect(links.map((link) => link.position)).toEqual(links.map((_, index) => BigInt(index + 1)))
    expect(links.map((link) => link.hash)).toEqual(links.map((link) => link.recomputed))
    expect(head).toMatchObject({ position: BigInt(links.length), hash: links.at(-1)?.hash })
  })

  it('reaches a subscriber of one node with what happened on the other, each event once and in order', async () => {
    const reader = await app.key('EVENTS_READ')
    const events = await app.subscribe(reader, 'subscription { events(filter: { types: ["account.created"] }) { id } }')
    await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? app : other).person()))
    const seen: string[] = []
    while (seen.length < 20) seen.push((await events.next())?.data.events.id)
    const log = await reader.gql('{ events(first: 20, filter: { types: ["account.created"] }) { nodes { id } } }')
    expect(seen).toEqual(log.data.events.nodes.map((event: { id: string }) => event.id).toReversed())
    expect(events.pending()).toEqual([])
    events.stop()
  })
})
