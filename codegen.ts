/**
 * Everything that is generated and committed: the printed schema with its directives, and the typed documents that tests,
 * the demo and clients use. `npm run codegen` writes it, `npm run check` proves it fresh.
 */
import { writeFileSync } from 'node:fs'
import type { CodegenConfig } from '@graphql-codegen/cli'
import { printSchemaWithDirectives } from '@graphql-tools/utils'
import { lexicographicSortSchema } from 'graphql'
import { schema } from './src/graphql/schema.ts'

const SCHEMA_FILE = 'src/graphql/schema.graphql'

writeFileSync(SCHEMA_FILE, `${printSchemaWithDirectives(lexicographicSortSchema(schema))}\n`)

const config: CodegenConfig = {
  schema: SCHEMA_FILE,
  documents: 'src/client/documents/*.graphql',
  generates: {
    'src/client/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        importExtension: '.ts',
        emitLegacyCommonJSImports: false,
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { ID: 'string', DateTime: 'string', JSONObject: 'Record<string, unknown>' },
      },
    },
  },
}

export default config
