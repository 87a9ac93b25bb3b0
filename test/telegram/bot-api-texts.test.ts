import { describe, expect, test } from 'vitest';
import { send, start } from './calls.ts';

const bold = (offset: number, length: number, type = 'bold') => ({ entities: [{ type, offset, length }] });

describe('texts', () => {
  test('are shown as they are, with the entities of the client, and without space at the ends', async () => {
    const api = await start();
    expect((await send(api, { text: 'x'.repeat(4096) })).ok).toBe(true);
    await send(api, { text: '  <b>*as it is*</b> &amp;\n', ...bold(3, 1) });
    expect(api.messages(5)[1]).toMatchObject({
      text: '<b>*as it is*</b> &amp;',
      entities: [{ type: 'bold', offset: 1, length: 1 }],
    });
  });

  test.each([
    ['nothing', {}, 'message text is empty'],
    ['an empty text', { text: '' }, 'message text is empty'],
    ['spaces', { text: ' \n ' }, 'text must be non-empty'],
    ['4097 characters', { text: 'x'.repeat(4097) }, 'message is too long'],
    ['a parse mode', { text: '<b>x</b>', parse_mode: 'HTML' }, 'this stand-in does not support parse_mode'],
    [
      'an entity beyond the end',
      { text: 'abc', ...bold(1, 3) },
      'entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 4',
    ],
    ['an entity before the start', { text: 'abc', ...bold(-1, 1) }, 'receive an entity with incorrect offset -1'],
    ['half a character', { text: '😀', ...bold(0, 1) }, 'entity ends in a middle of a UTF-16 symbol at byte offset 1'],
    [
      'an entity of no known type',
      { text: 'abc', ...bold(0, 1, 'loud') },
      "can't parse MessageEntity: Unsupported type specified",
    ],
    ['an unknown chat', { text: 'x', chat_id: 6 }, 'chat not found'],
    ['no chat', { text: 'x', chat_id: '' }, 'chat_id is empty'],
    ['an answer to nothing', { text: 'x', reply_parameters: { message_id: 99 } }, 'message to be replied not found'],
  ])('%s is refused', async (_, params, error) => {
    expect((await send(await start(), params)).description).toBe(`Bad Request: ${error}`);
  });
});
