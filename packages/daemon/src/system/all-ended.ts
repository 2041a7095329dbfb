/**
 * As `Promise.all`, but a failure is told only when nothing is under way any more: what is undone then must not be in the making. Of several failures
 * that of the first step is told.
 */
export async function allEnded<Steps extends readonly unknown[] | []>(
  steps: Steps,
): Promise<{ -readonly [Place in keyof Steps]: Awaited<Steps[Place]> }> {
  await Promise.allSettled(steps);
  return Promise.all(steps);
}
