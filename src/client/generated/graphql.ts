/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Why something was refused. More codes may come: treat an unknown one like its message. */
export type ErrorCode =
  /** The account is blocked. Said only after the right proof. */
  | 'ACCOUNT_BLOCKED'
  /** Whoever was invited is in the team already. */
  | 'ALREADY_MEMBER'
  /** The e-mail address already belongs to an account. */
  | 'EMAIL_TAKEN'
  /** The caller is known and may not do this. */
  | 'FORBIDDEN'
  /** A fault of the server. `extensions.requestId` finds it in the log. */
  | 'INTERNAL_SERVER_ERROR'
  /** The address and the password do not belong together. */
  | 'INVALID_CREDENTIALS'
  /** One or more input fields are not acceptable; each is named. */
  | 'INVALID_INPUT'
  /** The link, code or ticket is unknown, used, replaced or too old. */
  | 'INVALID_TOKEN'
  /** A team with members needs an owner who stays. */
  | 'LAST_OWNER'
  /** This way of signing in is switched off. */
  | 'METHOD_DISABLED'
  /** There is no such thing, or the caller may not see it. */
  | 'NOT_FOUND'
  /** The account needs a new password. Said only after the right proof. */
  | 'PASSWORD_RESET_REQUIRED'
  /** The phone number already belongs to an account. */
  | 'PHONE_TAKEN'
  /** Too many attempts. `extensions.retryAfterSeconds` says when to come back. */
  | 'RATE_LIMITED'
  /** This needs a fresher proof of who is asking than the session carries. */
  | 'REAUTHENTICATION_REQUIRED'
  /** Too busy, or a part is away. `extensions.retryAfterSeconds` says when to come back. */
  | 'SERVICE_UNAVAILABLE'
  /** The account has as many live sessions as it may have. */
  | 'SESSION_LIMIT_REACHED'
  /** New accounts are made by the operators only. */
  | 'SIGN_UP_CLOSED'
  /** Nobody is signed in, or the credential that was presented is not good (any more). */
  | 'UNAUTHENTICATED'
  /** The password breaks one or more rules; each is named. */
  | 'WEAK_PASSWORD'
  /** The invitation is for somebody else than whoever is signed in. */
  | 'WRONG_INVITEE';

/** A rule that a password can break. More rules may come. */
export type PasswordRule =
  /** It is known from breaches of other services. */
  | 'BREACHED'
  /** It is one of the most common passwords. */
  | 'COMMON'
  /** It holds the person’s own name, e-mail address or phone number. */
  | 'PERSONAL_DATA'
  /** It is the account’s current password, or one of the earlier ones that may not come back. */
  | 'RECENTLY_USED'
  /** It has more than 256 characters. */
  | 'TOO_LONG'
  /** It has fewer characters than the settings ask for. */
  | 'TOO_SHORT';

/** What `reportSessionAlert` takes. */
export type ReportSessionAlertInput = {
  /** One of the caller’s own, for whoever is signed in. Exactly one of this and `token`. */
  alertId?: string | null | undefined;
  /** End all other sessions too, but the one that reports. */
  endOtherSessions?: boolean;
  /** Make the next sign-in go through recovery. */
  requirePasswordReset?: boolean;
  /** The token of the “it wasn’t me” link in the mail, for whoever is not signed in. Good once, for 7 days. */
  token?: string | null | undefined;
};

/** Why a session ended. More reasons may come. */
export type SessionEndReason =
  /** The account was blocked. */
  | 'ACCOUNT_BLOCKED'
  /** The account was deleted, or its deletion was asked for. */
  | 'ACCOUNT_DELETED'
  /** It reached the end of its lifetime. */
  | 'EXPIRED'
  /** It was not used for longer than allowed. */
  | 'IDLE'
  /** A newer sign-in took its place, or the limit was lowered. */
  | 'LIMIT_REACHED'
  /** The password was changed or recovered. */
  | 'PASSWORD_CHANGED'
  /** The same browser signed in again to the same account. */
  | 'REPLACED'
  /** The owner reported its sign-in as not his own, or undid a change of his address. */
  | 'REPORTED'
  /** The owner ended it from another session, or forgot its device. */
  | 'REVOKED_BY_ACCOUNT'
  /** An operator ended it. */
  | 'REVOKED_BY_OPERATOR'
  /** The person signed out. */
  | 'SIGNED_OUT';

/** How the session’s secret travels. */
export type SessionTransport =
  /** In a cookie that script cannot read. */
  | 'COOKIE'
  /** In the Authorization header; the client keeps the token itself. */
  | 'TOKEN';

/** What `signInWithPassword` takes. */
export type SignInWithPasswordInput = {
  /** A random key that an app without cookies made and keeps, 22 to 256 base64url characters. By it the device is recognised. */
  deviceKey?: string | null | undefined;
  /** The account’s address. */
  email: string;
  /** The password, at most 1,024 characters. */
  password: string;
  /** How the session’s secret travels: a cookie for browsers, a token for apps. */
  transport?: SessionTransport;
};

/** What `signOut` takes. */
export type SignOutInput = {
  /** All sessions of the account, not only this one. */
  everywhere?: boolean;
};

/** What `signUp` takes. */
export type SignUpInput = {
  /** A random key that an app without cookies made and keeps, 22 to 256 base64url characters. By it the device is recognised. */
  deviceKey?: string | null | undefined;
  /** At most 254 characters; kept in lower case. */
  email: string;
  /** A language tag (BCP 47) such as en or pt-BR, for mails. */
  locale?: string | null | undefined;
  /** What the person is called, at most 128 characters. */
  name?: string | null | undefined;
  /** Any characters; as `securitySettings.passwords` says, at most 256 (Unicode code points after NFKC). */
  password: string;
  /** How the session’s secret travels: a cookie for browsers, a token for apps. */
  transport?: SessionTransport;
};

export type SessionAlertsSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type SessionAlertsSubscription = { sessionAlerts: { id: string, createdAt: string, isNewDevice: boolean, session: { id: string, ip: string | null, client: { name: string | null, osName: string | null } } } | null };

export type SessionEndedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type SessionEndedSubscription = { sessionEnded: { id: string, endedAt: string | null, endReason: SessionEndReason | null } | null };

export type ReportSessionAlertMutationVariables = Exact<{
  input: ReportSessionAlertInput;
}>;


export type ReportSessionAlertMutation = { reportSessionAlert:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'InvalidTokenError', code: ErrorCode, message: string }
    | { __typename: 'ReportSessionAlertPayload', passwordResetRequired: boolean, endedSessions: Array<{ id: string, endReason: SessionEndReason | null }> }
   | null };

export type SignedInFragment = { sessionToken: string | null, handoverCode: string | null, account: { id: string, email: string | null, name: string | null }, session: { id: string, createdAt: string, expiresAt: string } };

export type SignUpMutationVariables = Exact<{
  input: SignUpInput;
}>;


export type SignUpMutation = { signUp:
    | { __typename: 'EmailTakenError', code: ErrorCode, message: string }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'SignInPayload', sessionToken: string | null, handoverCode: string | null, account: { id: string, email: string | null, name: string | null }, session: { id: string, createdAt: string, expiresAt: string } }
    | { __typename: 'SignUpClosedError', code: ErrorCode, message: string }
    | { __typename: 'SignUpPending' }
    | { __typename: 'WeakPasswordError', suggestions: Array<string>, code: ErrorCode, message: string, violations: Array<{ rule: PasswordRule, message: string }> }
   | null };

export type SignInWithPasswordMutationVariables = Exact<{
  input: SignInWithPasswordInput;
}>;


export type SignInWithPasswordMutation = { signInWithPassword:
    | { __typename: 'AccountBlockedError', code: ErrorCode, message: string }
    | { __typename: 'InvalidCredentialsError', code: ErrorCode, message: string }
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, fields: Array<{ path: string, message: string }> }
    | { __typename: 'PasswordResetRequiredError', code: ErrorCode, message: string }
    | { __typename: 'SessionLimitReachedError', limit: number, ticket: string | null, code: ErrorCode, message: string, sessions: Array<{ id: string }> }
    | { __typename: 'SignInPayload', sessionToken: string | null, handoverCode: string | null, account: { id: string, email: string | null, name: string | null }, session: { id: string, createdAt: string, expiresAt: string } }
   | null };

export type SignOutMutationVariables = Exact<{
  input: SignOutInput;
}>;


export type SignOutMutation = { signOut:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'SignOutPayload', session: { id: string, endedAt: string | null, endReason: SessionEndReason | null } }
   | null };

export type MeQueryVariables = Exact<{ [key: string]: never; }>;


export type MeQuery = { signedOutReason: SessionEndReason | null, account: { id: string, email: string | null, name: string | null, currentSession: { id: string } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const SignedInFragmentDoc = new TypedDocumentString(`
    fragment SignedIn on SignInPayload {
  account {
    id
    email
    name
  }
  session {
    id
    createdAt
    expiresAt
  }
  sessionToken
  handoverCode
}
    `, {"fragmentName":"SignedIn"}) as unknown as TypedDocumentString<SignedInFragment, unknown>;
export const SessionAlertsDocument = new TypedDocumentString(`
    subscription SessionAlerts($after: ID) {
  sessionAlerts(after: $after) {
    id
    createdAt
    isNewDevice
    session {
      id
      ip
      client {
        name
        osName
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SessionAlertsSubscription, SessionAlertsSubscriptionVariables>;
export const SessionEndedDocument = new TypedDocumentString(`
    subscription SessionEnded {
  sessionEnded {
    id
    endedAt
    endReason
  }
}
    `) as unknown as TypedDocumentString<SessionEndedSubscription, SessionEndedSubscriptionVariables>;
export const ReportSessionAlertDocument = new TypedDocumentString(`
    mutation ReportSessionAlert($input: ReportSessionAlertInput!) {
  reportSessionAlert(input: $input) {
    __typename
    ... on ReportSessionAlertPayload {
      endedSessions {
        id
        endReason
      }
      passwordResetRequired
    }
    ... on InvalidInputError {
      fields {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ReportSessionAlertMutation, ReportSessionAlertMutationVariables>;
export const SignUpDocument = new TypedDocumentString(`
    mutation SignUp($input: SignUpInput!) {
  signUp(input: $input) {
    __typename
    ...SignedIn
    ... on WeakPasswordError {
      violations {
        rule
        message
      }
      suggestions
    }
    ... on InvalidInputError {
      fields {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment SignedIn on SignInPayload {
  account {
    id
    email
    name
  }
  session {
    id
    createdAt
    expiresAt
  }
  sessionToken
  handoverCode
}`) as unknown as TypedDocumentString<SignUpMutation, SignUpMutationVariables>;
export const SignInWithPasswordDocument = new TypedDocumentString(`
    mutation SignInWithPassword($input: SignInWithPasswordInput!) {
  signInWithPassword(input: $input) {
    __typename
    ...SignedIn
    ... on SessionLimitReachedError {
      limit
      ticket
      sessions {
        id
      }
    }
    ... on InvalidInputError {
      fields {
        path
        message
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    fragment SignedIn on SignInPayload {
  account {
    id
    email
    name
  }
  session {
    id
    createdAt
    expiresAt
  }
  sessionToken
  handoverCode
}`) as unknown as TypedDocumentString<SignInWithPasswordMutation, SignInWithPasswordMutationVariables>;
export const SignOutDocument = new TypedDocumentString(`
    mutation SignOut($input: SignOutInput!) {
  signOut(input: $input) {
    __typename
    ... on SignOutPayload {
      session {
        id
        endedAt
        endReason
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SignOutMutation, SignOutMutationVariables>;
export const MeDocument = new TypedDocumentString(`
    query Me {
  account {
    id
    email
    name
    currentSession {
      id
    }
  }
  signedOutReason
}
    `) as unknown as TypedDocumentString<MeQuery, MeQueryVariables>;