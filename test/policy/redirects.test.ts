import { describe, expect, it } from 'vitest'
import { isRedirectEntry, readRedirect, withToken } from '../../src/policy/redirects.ts'

const isLoopback = (host: string): boolean => host === 'localhost'

describe('an entry of the list', () => {
  it.each(['https://app.example.com/recover', 'https://app.example.com', 'http://localhost:3000/x'])('is a page: %s', (text) =>
    expect(isRedirectEntry(text, isLoopback)).toBe(true),
  )
  it.each([
    'http://app.example.com/recover',
    'https://app.example.com/?a=b',
    'https://app.example.com/#a',
    'https://me:secret@app.example.com/',
    'app://recover',
    '*',
  ])('is not %s', (text) => expect(isRedirectEntry(text, isLoopback)).toBe(false))
})

describe('a link', () => {
  it('is compared as the URL standard reads it, and keeps its query', () => {
    const allowed = ['https://APP.example.com:443/a/../recover']
    expect(readRedirect(allowed, 'https://app.example.com/recover?x=1')?.href).toBe('https://app.example.com/recover?x=1')
    expect(readRedirect([], 'https://app.example.com/recover')).toBeNull()
  })

  it('carries one token, ours', () => {
    expect(withToken('https://app.example.com/?token=a&token=b&x=1', 'ours')).toBe('https://app.example.com/?token=ours&x=1')
  })
})
