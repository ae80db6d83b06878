import { describe, expect, it } from 'vitest'
import { testApp } from '../../support/app.ts'
import { holdTables } from '../../support/hold.ts'
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

  it('has what followed from each other in that order, also where two nodes did it within one moment and it is sealed at once', async () => {
    const { sessionToken } = await app.person({ transport: 'TOKEN' })
    const [here, there] = [app.program(sessionToken ?? ''), other.program(sessionToken ?? '')]
    const made = await here.gql('mutation { createTeam(input: { name: "0" }) { ... on CreateTeamPayload { team { id } } } }')
    const teamId = made.data.createTeam.team.id
    await app.app.tick()
    const letGo = await holdTables(app, 'ledger')
    for (let time = 1; time <= 12; time++) {
      const input = time % 3 === 0 ? { teamId, name: `${time}` } : { teamId, preferences: { time } }
      const who = time % 2 === 0 ? here : there
      const { data } = await who.gql('mutation ($input: UpdateTeamInput!) { updateTeam(input: $input) { __typename } }', {
        input,
      })
      expect(data.updateTeam.__typename).toBe('UpdateTeamPayload')
    }
    await letGo()
    await app.app.tick()
    const told = await app.app.db.read.event.findMany({
      where: { subjectId: teamId, type: 'team.updated' },
      orderBy: { position: 'asc' },
    })
    const changed = told.map(({ details }) => (details as { fields: string[] }).fields.join())
    expect(changed).toEqual(Array.from({ length: 12 }, (_, index) => ((index + 1) % 3 === 0 ? 'name' : 'preferences')))
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
