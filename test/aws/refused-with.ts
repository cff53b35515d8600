/** The call is refused with an error of this name; several are written as `One|Other`, where the service's own varies. */
export const refusedWith = async (names: string, call: Promise<unknown>): Promise<void> =>
  expect(call).rejects.toMatchObject({ name: expect.stringMatching(`^(${names})$`) as string });
