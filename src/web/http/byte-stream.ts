/**
 * A body that is read as fast as it is taken: nothing is opened before somebody reads, and where the reader leaves, what
 * was opened is closed.
 *
 * @param failed told of what breaks the body off; not of a reader who left.
 */
export function byteStream(bytes: AsyncGenerator<Uint8Array>, failed: (error: unknown) => void) {
  let hasLeft = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await bytes.next();
          // Whoever left meanwhile takes nothing more.
          if (hasLeft) return;
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          if (!hasLeft) failed(error);
          // What the server writes of it goes to whoever asked: no paths.
          throw new Error('What was asked for could not be sent whole');
        }
      },
      async cancel() {
        hasLeft = true;
        await bytes.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
