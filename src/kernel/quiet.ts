/**
 * Runs work and hands on what came of it, a refusal as well, no sooner than so long after it began: by how much less it took,
 * nobody learns anything. It waits for nothing that work which took longer has not waited for already.
 */
export const noSoonerThan = async <T>(milliseconds: number, work: () => Promise<T>): Promise<T> => {
  const time = new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
  try {
    return await work()
  } finally {
    await time
  }
}
