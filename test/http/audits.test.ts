import { auditServer } from 'graphql-http'
import { describe, expect, it } from 'vitest'
import { testApp } from '../support/app.ts'

const app = await testApp()

describe('GraphQL over HTTP', () => {
  it('is spoken as the official audits demand and recommend, all of them', async () => {
    const results = await auditServer({ url: `${app.url}/graphql` })
    const failed = results.filter(({ status }) => status !== 'ok')
    expect(failed.map(({ id, name, ...rest }) => `${id} ${name}: ${'reason' in rest ? rest.reason : ''}`)).toEqual([])
    expect(results.length).toBeGreaterThanOrEqual(60)
  })
})
