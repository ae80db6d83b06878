/** How a token that is not good any more looks in the schema. */
import { errorType } from '../../graphql/errors.ts'
import { InvalidToken } from './one-time-token.ts'

errorType(InvalidToken, 'Returned when a link, code or ticket is unknown, used, replaced or too old: which one is not said.')
