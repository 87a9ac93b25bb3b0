import { randomInt } from 'node:crypto';
import type { BotApi, Button, Chat, Entity, Person, SayOptions } from './contract.ts';
import type { Updates } from './updates.ts';
import { botJson, chatJson, messageJson, userJson } from './wire.ts';
import { enter, find, plain, post, unixNow, type World } from './world.ts';

type Doings = Pick<
  BotApi,
  | 'say'
  | 'press'
  | 'forge'
  | 'deliver'
  | 'meet'
  | 'addBot'
  | 'removeBot'
  | 'deleteMessage'
  | 'makeOld'
  | 'expireQuery'
  | 'blockedBy'
>;

/** What people do in Telegram, and what the bot hears of it. */
export function createPeople(world: World, updates: Updates): Doings {
  const standing = (chat: number, id: number) => {
    const message = find(world, chat, id);
    if (!message) throw new Error(`There is no message ${id} in the chat ${chat}.`);
    return message;
  };
  const membership = (from: Person, chat: Chat, before: string, after: string) =>
    updates.add('my_chat_member', {
      chat: chatJson(chat, from),
      from: userJson(from),
      date: unixNow(),
      old_chat_member: { status: before, user: botJson(world.bot) },
      new_chat_member: { status: after, user: botJson(world.bot), ...(after === 'kicked' ? { until_date: 0 } : {}) },
    });

  return {
    say(from, chat, text, { replyTo, ...special } = {}) {
      const room = enter(world, chat, from);
      if (chat.type === 'private') delete room.closed;
      const entities = commandEntities(text);
      const formatted = { ...plain(text), entities };
      const message = post(world, { chat, from, text: formatted, ...(replyTo === undefined ? {} : { replyTo }) });
      const isToBot = replyTo !== undefined && find(world, chat.id, replyTo)?.from === undefined;
      const isHeard = chat.type === 'private' || isToBot || isForBot(text, entities, world.bot.username);
      if (isHeard && room.closed === undefined)
        updates.add('message', { ...messageJson(world, message), ...specialJson(special, from) });
      return message.id;
    },

    press(from, chat, messageId, wanted) {
      enter(world, chat, from);
      const message = standing(chat.id, messageId);
      const buttons = message.keyboard.buttons.flat();
      const button = buttons.find(({ text, data }) => text === wanted || data === wanted);
      if (button?.data === undefined) throw new Error(noButton(wanted, messageId, buttons));
      const id = String(randomInt(2 ** 40, 2 ** 41));
      world.queries.set(id, {
        chat: chat.id,
        from,
        button: button.text,
        after: world.messages.length,
        isOver: false,
      });
      updates.add('callback_query', {
        id,
        from: userJson(from),
        message: messageJson(world, message),
        chat_instance: String(chat.id),
        data: button.data,
      });
      return id;
    },

    forge(from, chat, data, message) {
      enter(world, chat, from);
      const id = String(randomInt(2 ** 40, 2 ** 41));
      world.queries.set(id, { chat: chat.id, from, button: data, after: world.messages.length, isOver: false });
      const shown =
        message === 'none'
          ? {}
          : message === 'inaccessible'
            ? // core.telegram.org/bots/api#inaccessiblemessage
              { message: { chat: chatJson(chat, from), message_id: 1, date: 0 } }
            : { message: messageJson(world, standing(chat.id, message)) };
      updates.add('callback_query', { id, from: userJson(from), ...shown, chat_instance: String(chat.id), data });
      return id;
    },

    deliver: updates.force,

    meet(chat, ...people) {
      enter(world, chat, ...people);
    },

    addBot(from, chat) {
      delete enter(world, chat, from).closed;
      membership(from, chat, 'left', 'member');
    },

    removeBot(from, chat) {
      enter(world, chat, from).closed = `bot was kicked from the ${chat.type} chat`;
      membership(from, chat, 'member', 'kicked');
    },

    deleteMessage(chat, messageId) {
      standing(chat, messageId).isDeleted = true;
    },

    makeOld(chat, messageId) {
      standing(chat, messageId).isOld = true;
    },

    expireQuery(queryId) {
      const query = world.queries.get(queryId);
      if (!query) throw new Error(`There is no query ${queryId}.`);
      query.isOver = true;
    },

    blockedBy(chat) {
      const room = world.rooms.get(chat);
      const person = room?.people.get(chat);
      if (!room || !person) throw new Error(`There is no private chat ${chat}.`);
      room.closed = 'bot was blocked by the user';
      membership(person, room.chat, 'member', 'kicked');
    },
  };
}

/** core.telegram.org/bots/api#message: forward_origin, via_bot, sender_chat. */
function specialJson({ isForwarded, isViaBot, inNameOf }: Omit<SayOptions, 'replyTo'>, from: Person): object {
  const date = unixNow();
  return {
    ...(isForwarded ? { forward_origin: { type: 'user', date, sender_user: userJson(from) }, forward_date: date } : {}),
    ...(isViaBot ? { via_bot: { id: 99, is_bot: true, first_name: 'Inline', username: 'inline_bot' } } : {}),
    ...(inNameOf ? { sender_chat: chatJson(inNameOf) } : {}),
  };
}

function noButton(wanted: string, messageId: number, buttons: readonly Button[]): string {
  const there = buttons.map(({ text, data }) => `${text} (${data ?? 'no data'})`).join(', ');
  return `The message ${messageId} has no button "${wanted}" to press; it has: ${there || 'none'}.`;
}

/** Commands as clients mark them, wherever they stand (core.telegram.org/bots/features#commands). */
function commandEntities(text: string): Entity[] {
  return [...text.matchAll(/(?<=^|[\s([{"'])\/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![\w/])/gi)].map((match) => ({
    type: 'bot_command',
    offset: match.index,
    length: match[0].length,
  }));
}

/** Privacy mode: core.telegram.org/bots/features#privacy-mode. */
function isForBot(text: string, entities: readonly Entity[], username: string): boolean {
  const first = entities.find(({ offset }) => offset === 0);
  if (!first) return false;
  const [, addressee] = text.slice(0, first.length).split('@');
  return addressee === undefined || addressee.toLowerCase() === username.toLowerCase();
}
