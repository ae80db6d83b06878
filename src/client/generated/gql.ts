/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "fragment SignedIn on SignInPayload {\n  account {\n    id\n    email\n    name\n  }\n  session {\n    id\n    createdAt\n    expiresAt\n  }\n  sessionToken\n  handoverCode\n}\n\nmutation SignUp($input: SignUpInput!) {\n  signUp(input: $input) {\n    __typename\n    ...SignedIn\n    ... on WeakPasswordError {\n      violations {\n        rule\n        message\n      }\n      suggestions\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nmutation SignInWithPassword($input: SignInWithPasswordInput!) {\n  signInWithPassword(input: $input) {\n    __typename\n    ...SignedIn\n    ... on SessionLimitReachedError {\n      limit\n      ticket\n      sessions {\n        id\n      }\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nmutation SignOut($input: SignOutInput!) {\n  signOut(input: $input) {\n    __typename\n    ... on SignOutPayload {\n      session {\n        id\n        endedAt\n        endReason\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nquery Me {\n  account {\n    id\n    email\n    name\n    currentSession {\n      id\n    }\n  }\n  signedOutReason\n}": typeof types.SignedInFragmentDoc,
};
const documents: Documents = {
    "fragment SignedIn on SignInPayload {\n  account {\n    id\n    email\n    name\n  }\n  session {\n    id\n    createdAt\n    expiresAt\n  }\n  sessionToken\n  handoverCode\n}\n\nmutation SignUp($input: SignUpInput!) {\n  signUp(input: $input) {\n    __typename\n    ...SignedIn\n    ... on WeakPasswordError {\n      violations {\n        rule\n        message\n      }\n      suggestions\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nmutation SignInWithPassword($input: SignInWithPasswordInput!) {\n  signInWithPassword(input: $input) {\n    __typename\n    ...SignedIn\n    ... on SessionLimitReachedError {\n      limit\n      ticket\n      sessions {\n        id\n      }\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nmutation SignOut($input: SignOutInput!) {\n  signOut(input: $input) {\n    __typename\n    ... on SignOutPayload {\n      session {\n        id\n        endedAt\n        endReason\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nquery Me {\n  account {\n    id\n    email\n    name\n    currentSession {\n      id\n    }\n  }\n  signedOutReason\n}": types.SignedInFragmentDoc,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment SignedIn on SignInPayload {\n  account {\n    id\n    email\n    name\n  }\n  session {\n    id\n    createdAt\n    expiresAt\n  }\n  sessionToken\n  handoverCode\n}\n\nmutation SignUp($input: SignUpInput!) {\n  signUp(input: $input) {\n    __typename\n    ...SignedIn\n    ... on WeakPasswordError {\n      violations {\n        rule\n        message\n      }\n      suggestions\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nmutation SignInWithPassword($input: SignInWithPasswordInput!) {\n  signInWithPassword(input: $input) {\n    __typename\n    ...SignedIn\n    ... on SessionLimitReachedError {\n      limit\n      ticket\n      sessions {\n        id\n      }\n    }\n    ... on InvalidInputError {\n      fields {\n        path\n        message\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nmutation SignOut($input: SignOutInput!) {\n  signOut(input: $input) {\n    __typename\n    ... on SignOutPayload {\n      session {\n        id\n        endedAt\n        endReason\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nquery Me {\n  account {\n    id\n    email\n    name\n    currentSession {\n      id\n    }\n  }\n  signedOutReason\n}"): typeof import('./graphql.ts').SignedInFragmentDoc;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
