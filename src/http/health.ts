/** Alive, ready, and the figures for Prometheus. */
import type { ServerResponse } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { sendJson } from './answers.ts'

export type Vitals = Readonly<{
  database: () => Promise<boolean>
  bus: () => Promise<boolean>
  hashing: () => Readonly<{ running: number; waiting: number; behind: number; unjudged: number }>
  /** Password hashes that this node has set out to make anew, by what became of them. */
  renewed: () => Readonly<Record<string, number>>
  sockets: () => number
  listening: () => number
  /** Messages that this node has tried to hand over, by what became of them. */
  messages: () => Readonly<Record<string, number>>
}>

export const openHealth = (vitals: Vitals) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'gatehouse_http_requests_total',
    help: 'Answered HTTP requests by status.',
    labelNames: ['status'],
    registers: [registry],
  })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  gauge('gatehouse_sockets', 'Open WebSockets.', vitals.sockets)
  gauge('gatehouse_listeners', 'Streams and sockets that listen to the event log.', vitals.listening)
  gauge('gatehouse_hashes_running', 'Password hashes that run now.', () => vitals.hashing().running)
  gauge('gatehouse_hashes_waiting', 'Password hashes that wait for their turn.', () => vitals.hashing().waiting)
  gauge('gatehouse_hashes_behind', 'Outdated password hashes that wait until nobody else does.', () => vitals.hashing().behind)

  /** What is counted elsewhere, by a word that says what became of it. */
  const outcomes = (name: string, help: string, label: string, read: () => Readonly<Record<string, number>>) =>
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset()
        for (const [word, count] of Object.entries(read())) this.inc({ [label]: word }, count)
      },
    })
  outcomes(
    'gatehouse_messages_total',
    'Mails and text messages that this node tried to hand over, by status: SENT, FAILED (tried again) or DEAD.',
    'status',
    vitals.messages,
  )
  outcomes(
    'gatehouse_rehashes_total',
    'Outdated password hashes by outcome: RENEWED, OVERTAKEN (by a change), DROPPED (too much to do) or FAILED.',
    'outcome',
    vitals.renewed,
  )
  outcomes(
    'gatehouse_hash_faults_total',
    'Password hashes that could not be judged, by fault: PEPPER (PASSWORD_PEPPERS does not list theirs).',
    'fault',
    () => ({ PEPPER: vitals.hashing().unjudged }),
  )

  return {
    counted: (status: number): void => requests.inc({ status: String(status) }),

    /** The process answers. */
    alive: async (response: ServerResponse): Promise<void> => sendJson(response, 200, { status: 'ok' }),

    /** 503 without the database; without the bus 200 and degraded, so that a balancer does not drop all nodes at once. */
    ready: async (response: ServerResponse): Promise<void> => {
      const [database, bus] = await Promise.all([vitals.database(), vitals.bus()])
      const status = database ? (bus ? 'ok' : 'degraded') : 'unavailable'
      sendJson(response, database ? 200 : 503, { status, database, bus })
    },

    metrics: async (response: ServerResponse): Promise<void> => {
      const text = await registry.metrics()
      response.writeHead(200, { 'content-type': registry.contentType })
      response.end(text)
    },
  }
}
