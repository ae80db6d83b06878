import { describe, expect, it } from 'vitest'
import { peerReader } from '../../src/http/proxies.ts'

const peerOf = peerReader(['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48'])

// biome-ignore format: a table is read down its columns
const TABLE: [peer: string | undefined, forwardedFor: string | undefined, ip: string | null, trusted: boolean][] = [
  // nobody vouches for what a stranger writes
  ['203.0.113.5',          '1.1.1.1',                           '203.0.113.5',        false],
  ['203.0.113.5',          undefined,                           '203.0.113.5',        false],
  ['192.0.2.8',            '1.1.1.1',                           '192.0.2.8',          false],
  // a trusted proxy: the right-most hop that is none of ours
  ['10.1.2.3',             '198.51.100.1',                      '198.51.100.1',       true],
  ['10.1.2.3',             '6.6.6.6, 198.51.100.1',             '198.51.100.1',       true],
  ['10.1.2.3',             '6.6.6.6, 198.51.100.1, 10.9.9.9',   '198.51.100.1',       true],
  ['192.0.2.7',            '6.6.6.6,198.51.100.1 , 10.9.9.9',   '198.51.100.1',       true],
  ['2001:db8:1::5',        '2001:db8:2::9',                     '2001:db8:2::9',      true],
  // only ours, or nothing: the farthest one that is known
  ['10.1.2.3',             undefined,                           '10.1.2.3',           true],
  ['10.1.2.3',             '',                                  '10.1.2.3',           true],
  ['10.1.2.3',             '10.4.4.4, 10.9.9.9',                '10.4.4.4',           true],
  // what cannot be read ends the search
  ['10.1.2.3',             '6.6.6.6, unknown, 10.9.9.9',        '10.9.9.9',           true],
  ['10.1.2.3',             '6.6.6.6, <script>',                 '10.1.2.3',           true],
  // one address, however it is written
  ['::ffff:10.1.2.3',      '198.51.100.1',                      '198.51.100.1',       true],
  ['::ffff:203.0.113.5',   '198.51.100.1',                      '203.0.113.5',        false],
  ['10.1.2.3',             '::ffff:198.51.100.1',               '198.51.100.1',       true],
  [undefined,              '198.51.100.1',                      null,                 false],
]

describe('whose request it is', () => {
  it.each(TABLE)('peer %s with X-Forwarded-For %s is %s (trusted: %s)', (peer, forwardedFor, ip, trusted) => {
    expect(peerOf(peer, forwardedFor)).toEqual({ ip, trusted })
  })

  it('believes no header when no proxy is named', () => {
    expect(peerReader([])('127.0.0.1', '198.51.100.1')).toEqual({ ip: '127.0.0.1', trusted: false })
  })
})
