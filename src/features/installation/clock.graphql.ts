/** The development clock in the schema. */
import { builder } from '../../graphql/builder.ts'
import { mutation } from '../../graphql/mutation.ts'

const MoveClockPayload = builder.objectRef<{ now: Date }>('MoveClockPayload')
builder.objectType(MoveClockPayload, {
  description: 'What time it is for the server.',
  fields: (t) => ({ now: t.expose('now', { type: 'DateTime', description: 'The server’s time, after the move.' }) }),
})

mutation('moveClock', {
  access: 'clock.move',
  description:
    'Administrators only. In development only (DEV_CLOCK=true): moves time forward for everything the server does, on all nodes.',
  input: (t) => ({ seconds: t.int({ required: true, description: 'How far, 0 or more; 0 reads the time.' }) }),
  payload: MoveClockPayload,
  run: async ({ seconds }, { services, viewer, source }) => ({ now: await services.clock.move(viewer, source, seconds) }),
})
