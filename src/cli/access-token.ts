import { UsageError } from '../errors.ts';

/** What tokens are made of; anything else is a slip of the clipboard. */
const TOKEN = /^[\w.|-]{20,1000}$/;

export const isAccessToken = (text: string): boolean => TOKEN.test(text);

export const NOT_A_TOKEN = (): UsageError =>
  new UsageError('That is not an access token', {
    hint: 'It begins with EAA or IGAA and has no spaces or line breaks in it.',
  });
