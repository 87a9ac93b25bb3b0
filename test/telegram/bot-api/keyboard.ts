import type { Button } from './contract.ts';
import { checkedLink } from './links.ts';
import { isObject, type Params, structureOf } from './params.ts';
import { badRequest } from './refusal.ts';

/** As it is given back in messages, and as a person sees it; a keyboard that is not inline has no buttons here. */
export interface Keyboard {
  readonly markup?: { readonly inline_keyboard: readonly unknown[][] };
  readonly buttons: readonly (readonly Button[])[];
}

/** Reads reply_markup (core.telegram.org/bots/api#inlinekeyboardmarkup). */
export function keyboardOf(params: Params, options: { isInlineOnly?: boolean } = {}): Keyboard {
  const value = structureOf(params, 'reply_markup', 'reply keyboard markup');
  if (value === undefined) return { buttons: [] };
  if (!isObject(value)) throw badRequest('object expected as reply markup');
  const rows = value.inline_keyboard;
  if (rows === undefined) {
    if (options.isInlineOnly && Object.keys(value).length > 0) throw badRequest('inline keyboard expected');
    return { buttons: [] };
  }
  if (!Array.isArray(rows) || !rows.every(Array.isArray))
    throw badRequest('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays');
  const filled: unknown[][] = rows.filter((row) => row.length > 0);
  const buttons = filled.map((row) => row.map(buttonOf));
  if (buttons.flat().length > 100) throw badRequest('reply markup is too long');
  return buttons.length === 0 ? { buttons } : { markup: { inline_keyboard: filled }, buttons };
}

const OTHER_ACTIONS = 'web_app login_url switch_inline_query switch_inline_query_current_chat copy_text pay'.split(' ');

function buttonOf(value: unknown): Button {
  const refuse = (why: string) => badRequest(`can't parse inline keyboard button: ${why}`);
  if (!isObject(value)) throw refuse('InlineKeyboardButton must be an Object');
  const { text, callback_data: data, url } = value;
  if (text === undefined) throw refuse(`Can't find field "text"`);
  if (typeof text !== 'string') throw refuse('Field "text" must be of type String');
  if (text.trim() === '') throw badRequest('BUTTON_TEXT_INVALID');
  if (url !== undefined) return { text, url: checkedUrl(String(url)) };
  if (data !== undefined) return { text, data: checkedData(data) };
  if (OTHER_ACTIONS.some((action) => action in value)) return { text };
  throw refuse('Text buttons are unallowed in the inline keyboard');
}

/** 1-64 bytes: core.telegram.org/bots/api#inlinekeyboardbutton. */
function checkedData(data: unknown): string {
  if (typeof data !== 'string')
    throw badRequest(`can't parse inline keyboard button: Field "callback_data" must be of type String`);
  const length = Buffer.byteLength(data);
  if (length < 1 || length > 64) throw badRequest('BUTTON_DATA_INVALID');
  return data;
}

function checkedUrl(url: string): string {
  if (checkedLink(url) === undefined)
    throw badRequest(`inline keyboard button URL '${url}' is invalid: Wrong HTTP URL`);
  return url;
}
