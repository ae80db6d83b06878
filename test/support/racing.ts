/** Two who do something at the same moment, in no known order or in one that the test decides. Services only. */
import type { TestApp } from './app.ts'
import { holdRow, untilWaiting } from './hold.ts'

type Act<T> = () => Promise<T>

const inTurn = <T>([one, other]: readonly [T, T], isSwapped: boolean): readonly [T, T] =>
  isSwapped ? [other, one] : [one, other]

/** Both at once; the second one starts first if `isSwapped`. @returns what they answer, in the order given. */
export const atOnce = async <T>(acts: readonly [Act<T>, Act<T>], isSwapped: boolean): Promise<readonly [T, T]> => {
  const [first, second] = inTurn(acts, isSwapped)
  return inTurn(await Promise.all([first(), second()]), isSwapped)
}

/** One behind the other at a row that both have to lock. @returns what they answer, in the order given. */
export const inOrder = async <T>(
  app: TestApp,
  meetAt: Readonly<{ table: 'accounts' | 'teams'; id: string }>,
  acts: readonly [Act<T>, Act<T>],
  isSwapped: boolean,
): Promise<readonly [T, T]> => {
  const letGo = await holdRow(app, meetAt.table, meetAt.id)
  const [first, second] = inTurn(acts, isSwapped)
  const begun = first()
  await untilWaiting(app, 1)
  const behind = second()
  await untilWaiting(app, 2)
  await letGo()
  return inTurn(await Promise.all([begun, behind]), isSwapped)
}
