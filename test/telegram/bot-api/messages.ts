import type { Answering } from './answering.ts';
import { captionText, type Formatted, messageText } from './formatted.ts';
import { type Keyboard, keyboardOf } from './keyboard.ts';
import { integerOf, isObject, isTrue, type Params, structureOf, textOf } from './params.ts';
import { badRequest } from './refusal.ts';
import { messageJson } from './wire.ts';
import { find, type Message, post, roomOf, unixNow, type World } from './world.ts';

export const sendMessage: Answering = ({ world, params }) => {
  const text = messageText(params);
  const keyboard = keyboardOf(params);
  const { chat } = roomOf(world, params);
  return messageJson(world, post(world, { chat, text, keyboard, ...replyOf(world, chat.id, params) }));
};

/** Both ways to answer a message: reply_parameters, and reply_to_message_id of before Bot API 7.0. */
export function replyOf(world: World, chat: number, params: Params): { replyTo?: number } {
  const given = structureOf(params, 'reply_parameters', 'reply parameters');
  const reply = isObject(given) ? given : { ...params, message_id: params.reply_to_message_id };
  const id = integerOf(reply, 'message_id');
  if (id === undefined) return {};
  if (find(world, chat, id)) return { replyTo: id };
  if (isTrue(reply, 'allow_sending_without_reply')) return {};
  throw badRequest('message to be replied not found');
}

export const editMessageText: Answering = ({ world, params }) => {
  // An edit says it in another way than a new message: github.com/kfstorm/carnivore/issues/3.
  const text = messageText(params, 'MESSAGE_TOO_LONG');
  const keyboard = keyboardOf(params, { isInlineOnly: true });
  const message = editable(world, params);
  if (message.media) throw badRequest('there is no text in the message to edit');
  return edit(world, message, text, keyboard);
};

export const editMessageCaption: Answering = ({ world, params }) => {
  const text = captionText(params);
  const keyboard = keyboardOf(params, { isInlineOnly: true });
  const message = editable(world, params);
  if (!message.media) throw badRequest('there is no caption in the message to edit');
  return edit(world, message, text, keyboard);
};

export const editMessageReplyMarkup: Answering = ({ world, params }) => {
  const keyboard = keyboardOf(params, { isInlineOnly: true });
  const message = editable(world, params);
  return edit(world, message, message.text, keyboard);
};

function editable(world: World, params: Params): Message {
  const id = integerOf(params, 'message_id');
  if (textOf(params, 'chat_id') === '' && id === undefined) throw badRequest('message identifier is not specified');
  const { chat } = roomOf(world, params);
  const message = find(world, chat.id, id);
  if (!message) throw badRequest('message to edit not found');
  if (message.from || message.isOld) throw badRequest("message can't be edited");
  return message;
}

/** An edit without reply_markup takes the buttons away. The words: tdlib/telegram-bot-api, Client.cpp. */
function edit(world: World, message: Message, text: Formatted, keyboard: Keyboard) {
  const shown = (of: Formatted, { markup }: Keyboard) => JSON.stringify([of.text, of.entities, markup]);
  if (shown(text, keyboard) === shown(message.text, message.keyboard))
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  message.text = text;
  message.keyboard = keyboard;
  message.edits++;
  message.editDate = unixNow();
  return messageJson(world, message);
}

/** What a bot may delete: core.telegram.org/bots/api#deletemessage (in groups it is no administrator here). */
export const deleteMessage: Answering = ({ world, params }) => {
  const { chat } = roomOf(world, params);
  const message = find(world, chat.id, integerOf(params, 'message_id'));
  if (!message) throw badRequest('message to delete not found');
  if (message.isOld) throw badRequest("message can't be deleted for everyone");
  if (message.from && chat.type !== 'private') throw badRequest("message can't be deleted");
  message.isDeleted = true;
  return true;
};

/** core.telegram.org/bots/api#sendchataction. */
const ACTIONS = new Set(
  'typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location record_video_note upload_video_note'.split(
    ' ',
  ),
);

export const sendChatAction: Answering = ({ world, params }) => {
  if (!ACTIONS.has(textOf(params, 'action').toLowerCase())) throw badRequest('wrong parameter action in request');
  roomOf(world, params);
  return true;
};

/** A press is answered once, in its time (core.telegram.org/bots/api#answercallbackquery); words: Client.cpp. */
export const answerCallbackQuery: Answering = ({ world, params }) => {
  const query = world.queries.get(textOf(params, 'callback_query_id'));
  const text = textOf(params, 'text');
  if ([...text].length > 200) throw badRequest('MESSAGE_TOO_LONG');
  if (!query || query.isOver || query.answer)
    throw badRequest('query is too old and response timeout expired or query ID is invalid');
  query.answer = { text, showAlert: isTrue(params, 'show_alert') };
  return true;
};
