import { UsageError } from '../errors.ts';

/** The characters of a token. Anything else was copied wrongly. */
const TOKEN = /^[\w.|-]{20,1000}$/;

export const isAccessToken = (text: string): boolean => TOKEN.test(text);

export const NOT_A_TOKEN = (): UsageError =>
  new UsageError('That is not an access token', {
    hint: 'A token begins with EAA or IGAA and contains no spaces or line breaks.',
  });
