/** Answers that are not waited for without end. */

/**
 * @throws when the answer is late. A process that was kept from running finds its timer due and the answer waiting at once;
 * looking at the answer first keeps a busy machine from doubting a store that was in time.
 */
export const inTime = <T>(answer: Promise<T>, patienceMs: number): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(new Error('no answer in time'))), patienceMs)
    answer.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
