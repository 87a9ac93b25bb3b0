import { describe, expect, test } from 'vitest';
import { call, start, upload } from './calls.ts';

/** The head of a JPEG that says its size; the rest is nothing. */
function jpeg({ width = 10, height = 10, length = 100 } = {}): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.set([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255]);
  return bytes;
}

const photo = (media: string, more: object = {}) => ({ type: 'photo', media, ...more });

describe('media', () => {
  test('a photo comes as a part, with a caption that can be edited, and goes again by its id', async () => {
    const api = await start();
    const fields = { chat_id: '5', caption: 'One', caption_entities: [{ type: 'italic', offset: 0, length: 3 }] };
    const { result } = await upload(api, 'sendPhoto', fields, { photo: jpeg({ width: 320, height: 200 }) });
    expect(result).toMatchObject({
      caption: 'One',
      caption_entities: [{ type: 'italic', offset: 0, length: 3 }],
      photo: [{ width: 320, height: 200, file_size: 100 }],
    });
    const target = { chat_id: 5, message_id: result.message_id };
    expect((await call(api, 'editMessageCaption', { ...target, caption: 'Two' })).result.caption).toBe('Two');
    expect((await call(api, 'editMessageText', { ...target, text: 'x' })).description).toBe(
      'Bad Request: there is no text in the message to edit',
    );
    await call(api, 'sendPhoto', { chat_id: 5, photo: result.photo[0].file_id });
    expect(api.messages(5)).toMatchObject([
      { photos: [100], text: 'Two', edits: 1 },
      { photos: [100], text: '' },
    ]);
    expect(api.calls[0]?.params).toMatchObject({ photo: { file: 'photo.jpg', bytes: 100 } });
  });

  test('an album comes with its parts', async () => {
    const api = await start();
    const media = [photo('attach://one', { caption: 'Both' }), photo('attach://two')];
    const files = { one: jpeg(), two: jpeg({ length: 200 }) };
    const { result } = await upload(api, 'sendMediaGroup', { chat_id: 5, media }, files);
    expect(result).toHaveLength(2);
    const [first, second] = api.messages(5);
    expect([first?.photos, second?.photos, first?.text]).toEqual([[100], [200], 'Both']);
    expect(first?.albumId).toBe(second?.albumId);
    expect(first?.albumId).toBe(result[0].media_group_id);
  });

  test('a video comes as a part, and is no photo', async () => {
    const api = await start();
    const { result } = await upload(api, 'sendVideo', { chat_id: '5' }, { video: Buffer.from('any bytes') });
    expect(api.messages(5)).toMatchObject([{ videos: [9], photos: [] }]);
    expect((await call(api, 'sendPhoto', { chat_id: 5, photo: result.video.file_id })).description).toBe(
      "Bad Request: can't use file of type video as photo",
    );
  });

  test('a part may hold what looks like a boundary', async () => {
    const api = await start();
    const body = Buffer.concat([jpeg(), Buffer.from('\r\n--\r\n-----\r\n\r\n')]);
    await upload(api, 'sendPhoto', { chat_id: '5' }, { photo: body });
    expect(api.messages(5)[0]?.photos).toEqual([body.length]);
  });

  test('a part may be named without quotes, in any case', async () => {
    const api = await start();
    const body = Buffer.concat([
      Buffer.from('--b\r\ncontent-disposition:form-data;name="chat_id"\r\n\r\n5\r\n--b\r\n'),
      Buffer.from('content-disposition:form-data;name="photo";filename=a.jpg\r\ncontent-type:image/jpeg\r\n\r\n'),
      jpeg(),
      Buffer.from('\r\n--b--\r\n'),
    ]);
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    await fetch(`${api.url}/bot${api.token}/sendPhoto`, { method: 'POST', headers, body: new Uint8Array(body) });
    expect(api.messages(5)[0]?.photos).toEqual([100]);
    expect(api.calls[0]?.params).toEqual({ chat_id: '5', photo: { file: 'a.jpg', bytes: 100 } });
  });

  const ten = 10 * 1024 * 1024;
  test.each([
    ['no photo', {}, {}, 'there is no photo in the request'],
    ['a part that is not there', { photo: 'attach://x' }, { y: jpeg() }, 'there is no photo in the request'],
    ['an unknown id', { photo: 'AgAC' }, {}, 'wrong file identifier/HTTP URL specified'],
    ['an address', { photo: 'https://a.example/x.jpg' }, {}, 'failed to get HTTP URL content'],
    ['an empty file', {}, { photo: Buffer.alloc(0) }, 'file must be non-empty'],
    ['what is no picture', {}, { photo: Buffer.alloc(100) }, 'IMAGE_PROCESS_FAILED'],
    [
      'more than 10 MB',
      {},
      { photo: jpeg({ length: ten + 1 }) },
      `file of size ${ten + 1} bytes is too big for a photo; the maximum size is ${ten} bytes`,
    ],
    ['too wide', {}, { photo: jpeg({ width: 9000, height: 1001 }) }, 'PHOTO_INVALID_DIMENSIONS'],
    ['too narrow', {}, { photo: jpeg({ width: 10, height: 201 }) }, 'PHOTO_INVALID_DIMENSIONS'],
    ['a long caption', { caption: 'x'.repeat(1025) }, { photo: jpeg() }, 'message caption is too long'],
  ])('%s is refused', async (_, fields, files, error) => {
    const { description } = await upload(await start(), 'sendPhoto', { chat_id: 5, ...fields }, { ...files });
    expect(description).toBe(`Bad Request: ${error}`);
  });

  test('10 MB and 1024 characters are taken', async () => {
    const fields = { chat_id: '5', caption: 'x'.repeat(1024) };
    expect(await upload(await start(), 'sendPhoto', fields, { photo: jpeg({ length: ten }) })).toMatchObject({
      ok: true,
    });
  });

  test.each([
    ['nothing', undefined, 'parameter "media" is required'],
    ['none', [], 'there are no messages to send'],
    ['one', [photo('attach://a')], 'media must include 2-10 items'],
    ['eleven', Array(11).fill(photo('attach://a')), 'too many messages to send as an album'],
    ['a missing part', [photo('attach://a'), photo('attach://b')], "can't parse InputMedia: media not found"],
    [
      'a broken file',
      [photo('attach://a'), photo('attach://broken')],
      'failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"',
    ],
    [
      'a sticker',
      [photo('attach://a'), { type: 'sticker', media: 'attach://a' }],
      `can't parse InputMedia: type "sticker" is unsupported`,
    ],
  ])('an album of %s is refused', async (_, media, error) => {
    const api = await start();
    const files = { a: jpeg(), broken: Buffer.alloc(50) };
    const { description } = await upload(api, 'sendMediaGroup', { chat_id: 5, ...(media ? { media } : {}) }, files);
    expect(description).toBe(`Bad Request: ${error}`);
    expect(api.messages(5)).toEqual([]);
  });
});
