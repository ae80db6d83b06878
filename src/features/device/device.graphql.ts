/** Devices in the schema, and the edges of accounts and sessions to them. */
import { builder } from '../../graphql/builder.ts'
import { pageArgs, pageOfArgs } from '../../graphql/connection.ts'
import { mutation } from '../../graphql/mutation.ts'
import { NodeRef, registerNode } from '../../graphql/node.ts'
import { deviceLabel } from '../../ports/user-agent/index.ts'
import { AccountRef } from '../account/account.graphql.ts'
import { SessionConnectionRef, SessionRef } from '../session/session.graphql.ts'
import type { Session } from '../session/session.ts'
import type { Device } from './device.ts'

const DeviceRef = builder.objectRef<Device>('Device')
builder.objectType(DeviceRef, {
  description:
    'A browser or app that an account has signed in from, recognised by a random cookie or a key the client made, never by its address. Outlives its sessions.',
  interfaces: [NodeRef],
  fields: (t) => ({
    label: t.string({
      description: 'A short name, such as "Firefox on Windows".',
      resolve: (device, _args, { services }) => deviceLabel(services.parseUserAgent(device.userAgent)),
    }),
    isCurrent: t.boolean({
      description: 'Whether the session that made the request is on it.',
      resolve: async (device, _args, { load, viewer }) =>
        viewer.kind === 'account' && (await load.session.load(viewer.sessionId))?.deviceId === device.id,
    }),
    firstSeenAt: t.expose('firstSeenAt', { type: 'DateTime', description: 'The first sign-in from it.' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'The last sign-in from it.' }),
    confirmedAt: t.expose('confirmedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it became known: by sign-up, a confirmed alert, or a proof there. Null: it still counts as new.',
    }),
    sessions: t.field({
      type: SessionConnectionRef,
      description: 'Its live sessions, newest first.',
      args: pageArgs(t.arg),
      resolve: (device, args, { services, viewer }) =>
        services.sessions.ofAccount(viewer, device.accountId, pageOfArgs(args), { deviceId: device.id }),
    }),
  }),
})
registerNode('Device', (id, { services, viewer }) => services.devices.find(viewer, id))

builder.objectField(SessionRef, 'device', (t) =>
  t.field({
    type: DeviceRef,
    nullable: true,
    description: 'The device it is on. Null if the client has neither cookie nor key, or the device was forgotten.',
    resolve: (session, _args, { load }) => (session.deviceId === null ? null : load.device.load(session.deviceId)),
  }),
)

builder.objectField(AccountRef, 'devices', (t) =>
  t.field({
    type: [DeviceRef],
    description: 'The devices it has signed in from, last seen first, at most 100.',
    resolve: async (account, _args, { services, viewer }) => [...(await services.devices.listOf(viewer, account.id))],
  }),
)

const ForgetDevicePayload = builder.objectRef<{ device: Device; endedSessions: readonly Session[] }>('ForgetDevicePayload')
builder.objectType(ForgetDevicePayload, {
  description: 'The forgotten device, and what was signed in on it.',
  fields: (t) => ({
    device: t.expose('device', { type: DeviceRef, description: 'The device, as it was.' }),
    endedSessions: t.field({
      type: [SessionRef],
      description: 'The sessions that ended with it.',
      resolve: (payload) => [...payload.endedSessions],
    }),
  }),
})

mutation('forgetDevice', {
  access: 'device.forget',
  description: 'Forgets a device and ends its sessions. The next sign-in there counts as new.',
  input: (t) => ({ deviceId: t.id({ required: true, description: 'One of the caller’s own.' }) }),
  payload: ForgetDevicePayload,
  run: async ({ deviceId }, { services, viewer, source, cookies }) => {
    const payload = await services.forgetting.forget(viewer, source, deviceId)
    if (viewer.kind === 'account' && payload.endedSessions.some((session) => session.id === viewer.sessionId))
      cookies.clearSession()
    return payload
  },
})
