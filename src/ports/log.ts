/** Structured logs: one JSON object a line on standard output. Secrets have no way in: no variables, headers or bodies are logged. */
import { destination, pino } from 'pino'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

type Write = (fields: Record<string, unknown>, message: string) => void

export type Log = Readonly<{ error: Write; warn: Write; info: Write; debug: Write }>

/** @param now gives the time of each line. */
export const openLog = (level: LogLevel, now: () => Date): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    destination({ fd: 1, sync: true }),
  )
