import { printSchemaWithDirectives } from '@graphql-tools/utils'
import {
  buildSchema,
  GraphQLEnumType,
  type GraphQLField,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLType,
  GraphQLUnionType,
  getNamedType,
  isNonNullType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import type { Access } from '../src/graphql/access.ts'
import { schema } from '../src/graphql/schema.ts'
import { ERROR_CODES } from '../src/kernel/errors.ts'
import { ACTIONS, type Action, type ActionName } from '../src/policy/access.ts'

/** As clients read it: printed with its directives and parsed again. */
const printed = buildSchema(printSchemaWithDirectives(schema))

type Element = Readonly<{ path: string; description: string | null | undefined; deprecationReason?: string | null | undefined }>

/** A field, argument or input field. */
type Slot = Element & Readonly<{ name: string; type: GraphQLType; isInput: boolean }>

const typesOf = (of: GraphQLSchema) =>
  Object.values(of.getTypeMap()).filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))

const isShaped = (type: unknown): type is GraphQLObjectType | GraphQLInterfaceType =>
  type instanceof GraphQLObjectType || type instanceof GraphQLInterfaceType

const slotsOf = (of: GraphQLSchema): readonly Slot[] =>
  typesOf(of).flatMap((type) => {
    if (type instanceof GraphQLInputObjectType)
      return Object.values(type.getFields()).map((field) => ({ ...field, path: `${type.name}.${field.name}`, isInput: true }))
    if (!isShaped(type)) return []
    return Object.values(type.getFields()).flatMap((field) => [
      { ...field, path: `${type.name}.${field.name}`, isInput: false },
      ...field.args.map((arg) => ({ ...arg, path: `${type.name}.${field.name}(${arg.name}:)`, isInput: true })),
    ])
  })

const enumValuesOf = (of: GraphQLSchema): readonly (Element & { name: string })[] =>
  typesOf(of).flatMap((type) =>
    type instanceof GraphQLEnumType ? type.getValues().map((value) => ({ ...value, path: `${type.name}.${value.name}` })) : [],
  )

const elementsOf = (of: GraphQLSchema): readonly Element[] => [
  ...typesOf(of).map((type) => ({ path: type.name, description: type.description })),
  ...slotsOf(of),
  ...enumValuesOf(of),
  ...of
    .getDirectives()
    .filter((directive) => !isSpecifiedDirective(directive))
    .flatMap((directive) => [
      { path: `@${directive.name}`, description: directive.description },
      ...directive.args.map((arg) => ({ ...arg, path: `@${directive.name}(${arg.name}:)` })),
    ]),
]

const pathsOf = (elements: readonly Element[]): readonly string[] => elements.map(({ path }) => path)

type Root = Readonly<{ path: string; kind: 'Query' | 'Mutation' | 'Subscription'; field: GraphQLField<unknown, unknown> }>

const rootsOf = (of: GraphQLSchema): readonly Root[] =>
  (['Query', 'Mutation', 'Subscription'] as const).flatMap((kind) => {
    const type = of.getType(kind)
    return type instanceof GraphQLObjectType
      ? Object.values(type.getFields()).map((field) => ({ path: `${kind}.${field.name}`, kind, field }))
      : []
  })

const roots = rootsOf(schema)
const mutations = roots.filter(({ kind }) => kind === 'Mutation')

type Scopes = Readonly<{ account?: boolean; action?: ActionName }>

/** What a root field says of its access; undefined if somebody forgot it. */
const accessOf = ({ field }: Root): Access | undefined => field.extensions.access as Access | undefined // extensions are untyped

/** What the gate in front of a root field asks. */
const scopesOf = ({ field }: Root): Scopes | undefined =>
  (field.extensions.pothosOptions as { authScopes?: Scopes } | undefined)?.authScopes // Pothos keeps a field's options untyped

const actionOf = (root: Root): Action | null => {
  const name = scopesOf(root)?.action
  return name === undefined ? null : ACTIONS[name]
}

describe('every element', () => {
  it('has a description that is a sentence', () => {
    const bare = elementsOf(schema).filter(({ description }) => !/^\S.*[.?!)]$/su.test(description ?? ''))
    expect(pathsOf(bare)).toEqual([])
  })

  it('is deprecated, if at all, with its replacement and a date', () => {
    const undated = (of: GraphQLSchema) =>
      pathsOf(
        [...slotsOf(of), ...enumValuesOf(of)].filter(
          ({ deprecationReason: reason }) => reason != null && !/^Use `[^`]+`\. Removal after \d{4}-\d{2}-\d{2}\.$/.test(reason),
        ),
      )
    expect(undated(schema)).toEqual([])
    const planted = buildSchema(`type Query {
      good: Int @deprecated(reason: "Use \`account\`. Removal after 2027-06-30.")
      bad: Int @deprecated(reason: "Use account.")
      worse: Int @deprecated
    }`)
    expect(undated(planted)).toEqual(['Query.bad', 'Query.worse'])
  })
})

describe('a root field', () => {
  it('says who may use it, even if that is everybody', () => {
    const silent = roots.filter((root) => {
      const [access, scopes] = [accessOf(root), scopesOf(root)]
      if (access === 'public') return scopes !== undefined
      return access === undefined || (access === 'account' ? scopes?.account !== true : scopes?.action !== access)
    })
    expect(roots.length).toBeGreaterThan(20)
    expect(pathsOf(silent.map(({ path }) => ({ path, description: '' })))).toEqual([])
  })

  it('prints its scope and its need of fresh proof as the table of actions has them', () => {
    const argumentsOf = (root: Root, name: string): Record<string, unknown> | undefined => {
      const field = printed.getType(root.kind)
      const node = field instanceof GraphQLObjectType ? field.getFields()[root.field.name]?.astNode : undefined
      const directive = node?.directives?.find((candidate) => candidate.name.value === name)
      return directive?.arguments === undefined
        ? undefined
        : Object.fromEntries(
            directive.arguments.map(({ name: { value: key }, value }) => [key, 'value' in value ? value.value : null]),
          )
    }
    for (const root of roots) {
      const action = actionOf(root)
      const found = [argumentsOf(root, 'requiresScope'), argumentsOf(root, 'requiresFreshProof')]
      const scope = action === null || action.needs === null ? undefined : { scope: action.needs, orOwner: action.owner }
      const proof =
        action === null || action.fresh === 'NOBODY'
          ? undefined
          : { from: action.fresh, maxAgeSetting: 'signIn.reauthenticationMaxAgeSeconds', defaultSeconds: '600' }
      expect(found, root.path).toEqual([scope, proof])
    }
  })

  it('begins with "Administrators only." if and only if no owner may use it', () => {
    for (const root of roots)
      expect(root.field.description?.startsWith('Administrators only. ') ?? false, root.path).toBe(
        actionOf(root)?.owner === false,
      )
  })

  it('is nullable where it can be refused or missing, and non-null for connections, public settings and judgements', () => {
    for (const { path, kind, field } of roots) {
      const mustBeThere =
        kind === 'Query' && /Connection$|^SecuritySettings$|^PasswordStrength$/.test(getNamedType(field.type).name)
      expect(isNonNullType(field.type), path).toBe(mustBeThere)
    }
  })
})

describe('a mutation', () => {
  const fixedVerbs =
    /^((create|delete|add|remove|update|set|change|revoke|start|complete|sign|claim|extend|finish|confirm|report|forget|recover|request|send|verify|undo|move|import|block|unblock|unlock|invite|resend|accept)[A-Z]|reauthenticate$)/

  /** What may come instead of a payload, and is no error: the next thing to do. */
  const STEPS: Readonly<Record<string, readonly string[]>> = { signUp: ['SignUpPending'] }

  it.each(mutations.map((root) => [root.field.name, root] as const))(
    '%s takes one input and answers payload or errors',
    (name, { field }) => {
      const Name = name.charAt(0).toUpperCase() + name.slice(1)
      expect(name).toMatch(fixedVerbs)
      expect(field.args.map((arg) => `${arg.name}: ${arg.type}`)).toEqual([`input: ${Name}Input!`])
      expect(String(field.type)).toBe(`${Name}Result`)
      const result = field.type instanceof GraphQLUnionType ? field.type.getTypes() : []
      const members = result.map((type) => type.name)
      const errors = members.filter((member) => member.endsWith('Error'))
      const [payload, ...more] = members.filter((member) => !member.endsWith('Error'))
      expect([`${Name}Payload`, 'SignInPayload']).toContain(payload)
      expect(more).toEqual(STEPS[name] ?? [])
      expect(errors).toContain('InvalidInputError')
    },
  )

  it('needs fresh proof of everybody if it changes what somebody is known by, or ends an account', () => {
    const grave = /^(set|change|remove|confirm|register)(Email|Phone|Password|Totp|TotpEnrolment|Passkey)$|^deleteAccount$/
    const chosen = mutations.filter(({ field }) => grave.test(field.name))
    expect(chosen.map(({ field }) => field.name)).toEqual(
      expect.arrayContaining(['changePassword', 'setPassword', 'deleteAccount']),
    )
    for (const root of chosen) expect(actionOf(root), root.path).toMatchObject({ fresh: 'EVERYBODY', owner: true })
  })

  it('has a payload without flags of success', () => {
    const flags = slotsOf(schema).filter(({ path }) => /Payload\.(success|ok|clientMutationId)$/.test(path))
    expect(pathsOf(flags)).toEqual([])
  })
})

describe('an error type', () => {
  const objects = typesOf(schema).filter((type) => type instanceof GraphQLObjectType)
  const implementing = objects.filter((type) => type.getInterfaces().some(({ name }) => name === 'UserError'))

  it('is called an error, implements UserError and says when it is returned', () => {
    expect(implementing.map(({ name }) => name).sort()).toEqual(
      objects
        .map(({ name }) => name)
        .filter((name) => name.endsWith('Error'))
        .sort(),
    )
    for (const type of implementing) expect(type.description, type.name).toMatch(/^Returned when /)
  })

  it('has a code of its own in the one catalogue, which is the enum', () => {
    const codes = schema.getType('ErrorCode')
    expect(codes instanceof GraphQLEnumType && codes.getValues().map(({ name }) => name)).toEqual(Object.keys(ERROR_CODES).sort())
    const results = Object.entries(ERROR_CODES).filter(([, { kind }]) => kind === 'result')
    const spelt = implementing.map(({ name }) =>
      name
        .replace(/Error$/, '')
        .replace(/(?<=.)(?=[A-Z])/g, '_')
        .toUpperCase(),
    )
    expect(spelt.sort()).toEqual(results.map(([code]) => code).sort())
  })
})

describe('names and shapes', () => {
  it('have enum values in capitals, none of them OTHER or NONE', () => {
    const values = enumValuesOf(schema)
    const odd = values.filter(({ name }) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name) || ['OTHER', 'NONE'].includes(name))
    expect(pathsOf(odd)).toEqual([])
  })

  it('have moments that end in At, and nothing else that does', () => {
    const range = ['since', 'until']
    const odd = slotsOf(schema).filter(({ name, type, isInput }) => {
      const isMoment = getNamedType(type).name === 'DateTime'
      return isMoment !== /[a-z]At$/.test(name) && !(isMoment && (name === 'now' || (isInput && range.includes(name))))
    })
    expect(pathsOf(odd)).toEqual([])
  })

  it('have lists with non-null items, and never a null list or page in an answer', () => {
    const withoutOuter = (type: GraphQLType): GraphQLType => (type instanceof GraphQLNonNull ? type.ofType : type)
    const odd = slotsOf(schema).filter(({ type, isInput }) => {
      const inner = withoutOuter(type)
      const isList = inner instanceof GraphQLList
      if (!isList && !getNamedType(type).name.endsWith('Connection')) return false
      return (isList && !(inner.ofType instanceof GraphQLNonNull)) || (!isInput && !(type instanceof GraphQLNonNull))
    })
    expect(pathsOf(odd)).toEqual([])
  })

  it('have durations with their unit', () => {
    const odd = slotsOf(schema).filter(({ name }) => /(lifetime|timeout|maxAge|duration|retryAfter)$/i.test(name))
    expect(pathsOf(odd)).toEqual([])
  })

  it('have objects in answers where inputs have ids', () => {
    const ofOthers = 'externalId' // names nothing here
    const gone = ['DeleteTeamPayload.teamId', 'RemoveMembershipPayload.membershipId'] // nothing is left but the id
    const ids = slotsOf(schema).filter(({ name, isInput }) => !isInput && /[a-z]Id$/.test(name) && name !== ofOthers)
    expect(pathsOf(ids)).toEqual(gone)
  })

  it('have the same four arguments on every connection, with their numbers in the description', () => {
    for (const { path, name } of slotsOf(schema).filter(
      ({ type, isInput }) => !isInput && getNamedType(type).name.endsWith('Connection'),
    )) {
      const [owner = ''] = path.split('.')
      const type = schema.getType(owner)
      const args = isShaped(type) ? (type.getFields()[name]?.args ?? []) : []
      expect(
        args.map((arg) => arg.name),
        path,
      ).toEqual(expect.arrayContaining(['first', 'after', 'last', 'before']))
      expect(args.find((arg) => arg.name === 'first')?.description, path).toMatch(/25 .*100/)
    }
  })

  it('say what null means wherever an object may answer it', () => {
    const mute = slotsOf(schema).filter(
      ({ path, type, description, isInput }) =>
        !isInput &&
        !isNonNullType(type) &&
        !/^(Query|Mutation|Subscription|ClientInfo)\./.test(path) &&
        !/[Nn]ull/.test(description ?? ''),
    )
    expect(pathsOf(mute)).toEqual([])
    expect(schema.getType('ClientInfo')?.description).toContain('null if')
  })
})
