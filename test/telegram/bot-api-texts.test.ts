import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHtml } from './bot-api/html.ts';
import { parseMarkdownV2 } from './bot-api/markdown.ts';
import { send, start } from './calls.ts';

describe('texts', () => {
  test.each([
    ['HTML', '<b>bold</b> &lt;3 &amp; &#33;', 'bold <3 & !', ['bold 0 4']],
    ['HTML', '<b>a<i>b</i></b>', 'ab', ['bold 0 2', 'italic 1 1']],
    ['HTML', '<a href="https://a.example/?x=1&amp;y=2">here</a>', 'here', ['text_link 0 4 https://a.example/?x=1&y=2']],
    ['HTML', '<a href="nonsense">here</a>', 'here', []],
    ['HTML', '<pre><code class="language-js">x</code></pre>', 'x', ['pre 0 1 js']],
    ['HTML', '<blockquote expandable>q</blockquote>', 'q', ['expandable_blockquote 0 1']],
    ['HTML', '<span class="tg-spoiler">s</span>', 's', ['spoiler 0 1']],
    ['html', '😀 <u>u</u>\n', '😀 u', ['underline 3 1']],
    ['MarkdownV2', '*bold _both_* \\!', 'bold both !', ['bold 0 9', 'italic 5 4']],
    ['MarkdownV2', '__u__ ~s~ ||p||', 'u s p', ['underline 0 1', 'strikethrough 2 1', 'spoiler 4 1']],
    ['MarkdownV2', '`a.b!` \\`', 'a.b! `', ['code 0 4']],
    ['MarkdownV2', '```js\nx = 1;\n```', 'x = 1;', ['pre 0 6 js']],
    ['MarkdownV2', '[here](https://a.example/a\\)b)', 'here', ['text_link 0 4 https://a.example/a)b']],
    ['MarkdownV2', '>quoted\n>more\nnot', 'quoted\nmore\nnot', ['blockquote 0 11']],
    ['', '<b>*as it is*</b>', '<b>*as it is*</b>', []],
  ])('%s %j is shown as %j', async (parse_mode, text, shown, entities) => {
    const api = await start();
    await send(api, { text, parse_mode });
    const [message] = api.messages(5);
    expect(message?.text).toBe(shown);
    expect(message?.raw).toBe(text);
    expect(
      message?.entities.map((e) =>
        [e.type, e.offset, e.length, e.url ?? e.language].filter((x) => x !== undefined).join(' '),
      ),
    ).toEqual(entities);
  });

  test.each([
    ['HTML', 'é <b>x', `Can't find end tag corresponding to start tag b`],
    ['HTML', 'é <b>x</i>', 'Unmatched end tag at byte offset 7, expected "</b>", found "</i>"'],
    ['HTML', 'x</b>', 'Unexpected end tag at byte offset 1'],
    ['HTML', 'a <3 b>', 'Unsupported start tag "3" at byte offset 2'],
    ['HTML', 'a < b', 'Unsupported start tag "" at byte offset 2'],
    ['HTML', '<div>x</div>', 'Unsupported start tag "div" at byte offset 0'],
    ['HTML', 'a <b', 'Unclosed start tag at byte offset 2'],
    ['HTML', '<a href="x>y</a>', 'Unclosed start tag at byte offset 0'],
    ['HTML', '<b>x</b', 'Unclosed end tag at byte offset 4'],
    ['HTML', '<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['MarkdownV2', 'a.b', `Character '.' is reserved and must be escaped with the preceding '\\'`],
    ['MarkdownV2', 'a-b', `Character '-' is reserved and must be escaped with the preceding '\\'`],
    ['MarkdownV2', 'a|b', `Character '|' is reserved and must be escaped with the preceding '\\'`],
    ['MarkdownV2', 'é *x', `Can't find end of Bold entity at byte offset 3`],
    ['MarkdownV2', '_a *b_ c*', `Can't find end of Bold entity at byte offset 8`],
    ['MarkdownV2', '[a](https://a.example', `Can't find end of a URL at byte offset 4`],
    ['MarkdownV2', '>a *b\nc*', `Can't find end of Bold entity at byte offset 3`],
  ])('%s %j cannot be parsed', async (parse_mode, text, error) => {
    const api = await start();
    const { description } = await send(api, { text, parse_mode });
    expect(description).toBe(`Bad Request: can't parse entities: ${error}`);
    expect(api.messages(5)).toEqual([]);
    expect(api.calls).toMatchObject([{ method: 'sendMessage', ok: false, error: description, params: { text } }]);
  });

  const bold = (offset: number, length: number, type = 'bold') => ({ entities: [{ type, offset, length }] });
  test.each([
    ['nothing', {}, 'message text is empty'],
    ['an empty text', { text: '' }, 'message text is empty'],
    ['spaces', { text: ' \n ' }, 'text must be non-empty'],
    ['markup around nothing', { text: '<b></b>', parse_mode: 'HTML' }, 'text must be non-empty'],
    ['4097 characters', { text: 'x'.repeat(4097) }, 'message is too long'],
    ['an unknown mode', { text: 'x', parse_mode: 'BBCode' }, 'unsupported parse_mode'],
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

  test('4096 characters are counted after the markup, and entities of the client are taken', async () => {
    const api = await start();
    expect((await send(api, { text: `<b>${'x'.repeat(4096)}</b>`, parse_mode: 'HTML' })).ok).toBe(true);
    await send(api, { text: '  abc', ...bold(3, 1) });
    expect(api.messages(5)[1]).toMatchObject({ text: 'abc', entities: [{ type: 'bold', offset: 1, length: 1 }] });
  });
});

describe('escaping by the rules of the documentation', () => {
  const text = fc.string({ unit: fc.constantFrom(...'_*[]()~`>#+-=|{}.!\\<>&";a\n é😀') });
  test('makes any text safe in MarkdownV2', () => {
    fc.assert(
      fc.property(text, (plain) => {
        const escaped = plain.replace(/[_*[\]()~`>#+\-=|{}.!\\]/g, '\\$&');
        expect(parseMarkdownV2(escaped)).toEqual({ text: plain, entities: [] });
        expect(parseMarkdownV2(`*${escaped}*`).text).toBe(plain);
      }),
    );
  });

  test('makes any text safe in HTML', () => {
    fc.assert(
      fc.property(text, (plain) => {
        const escaped = plain.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
        expect(parseHtml(`<b>${escaped}</b>`).text).toBe(plain);
      }),
    );
  });
});
