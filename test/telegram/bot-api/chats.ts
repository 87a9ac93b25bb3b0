import type { Answering } from './answering.ts';
import { integerOf } from './params.ts';
import { badRequest } from './refusal.ts';
import { botJson, chatJson, userJson } from './wire.ts';
import { roomOf } from './world.ts';

export const getChat: Answering = ({ world, params }) => {
  const { chat, people } = roomOf(world, params, { isReadOnly: true });
  return { ...chatJson(chat, people.get(chat.id)), accent_color_id: 0, max_reaction_count: 11 };
};

/** Everybody who was seen in a chat is a plain member of it, the bot too. */
export const getChatMember: Answering = ({ world, params }) => {
  const { people } = roomOf(world, params);
  const id = integerOf(params, 'user_id');
  if (id === undefined || id === 0) throw badRequest('invalid user_id specified');
  if (id === world.bot.id) return { status: 'member', user: botJson(world.bot) };
  const person = people.get(id);
  if (!person) throw badRequest('member not found');
  return { status: 'member', user: userJson(person) };
};

export const leaveChat: Answering = ({ world, params }) => {
  const room = roomOf(world, params);
  if (room.chat.type === 'private') throw badRequest("chat member status can't be changed in private chats");
  room.closed = `bot is not a member of the ${room.chat.type === 'group' ? 'group' : 'supergroup'} chat`;
  return true;
};
