/**
 * A body that is read only as fast as the client takes it. Opens nothing before the first read, and closes what it opened
 * if the client leaves.
 *
 * @param failed called with an error that ends the body early; not called if the client leaves.
 */
export function byteStream(bytes: AsyncGenerator<Uint8Array>, failed: (error: unknown) => void) {
  let hasLeft = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await bytes.next();
          if (hasLeft) return;
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          if (!hasLeft) failed(error);
          // The client may see this message: no paths.
          throw new Error('The answer could not be sent completely');
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
