import type { Chat, Person } from './contract.ts';
import type { Formatted } from './formatted.ts';
import type { Keyboard } from './keyboard.ts';
import { type Params, textOf } from './params.ts';
import { badRequest, Refusal } from './refusal.ts';

export interface Media {
  readonly kind: 'photo' | 'video';
  readonly fileId: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

/** A message of anybody, as Telegram keeps it. */
export interface Message {
  readonly id: number;
  readonly chat: Chat;
  /** Nobody is the bot itself. */
  readonly from?: Person;
  readonly date: number;
  text: Formatted;
  readonly media?: Media;
  readonly albumId?: string;
  readonly replyTo?: number;
  keyboard: Keyboard;
  edits: number;
  editDate?: number;
  isDeleted: boolean;
  isOld: boolean;
}

export interface Query {
  readonly chat: number;
  readonly from: Person;
  readonly button: string;
  /** The last message, of any chat, when it was pressed. */
  readonly after: number;
  answer?: { readonly text: string; readonly showAlert: boolean };
  isOver: boolean;
}

interface Room {
  readonly chat: Chat;
  readonly people: Map<number, Person>;
  /** What is said instead of an answer, once the bot has no place here. */
  closed?: string;
}

export interface Bot {
  readonly id: number;
  readonly username: string;
}

/** All that Telegram knows: chats, their people, every message, every press. */
export interface World {
  readonly bot: Bot;
  readonly rooms: Map<number, Room>;
  readonly messages: Message[];
  readonly queries: Map<string, Query>;
  readonly files: Map<string, Media>;
}

export const createWorld = (bot: Bot): World => ({
  bot,
  rooms: new Map(),
  messages: [],
  queries: new Map(),
  files: new Map(),
});

export const unixNow = (): number => Math.floor(Date.now() / 1000);

export function enter(world: World, chat: Chat, ...people: readonly Person[]): Room {
  const room = world.rooms.get(chat.id) ?? { chat, people: new Map<number, Person>() };
  world.rooms.set(chat.id, room);
  for (const person of people) room.people.set(person.id, person);
  return room;
}

/** The chat that a call names; the words are those of tdlib/telegram-bot-api, Client.cpp, check_chat. */
export function roomOf(world: World, params: Params, options: { isReadOnly?: boolean } = {}): Room {
  const id = textOf(params, 'chat_id');
  if (id === '') throw badRequest('chat_id is empty');
  const room = world.rooms.get(Number(id));
  if (!room) throw badRequest('chat not found');
  if (room.closed !== undefined && !options.isReadOnly) throw new Refusal(403, `Forbidden: ${room.closed}`);
  return room;
}

type Draft = Pick<Message, 'chat' | 'text'> &
  Partial<Pick<Message, 'from' | 'media' | 'albumId' | 'replyTo' | 'keyboard'>>;

export function post(world: World, draft: Draft): Message {
  const message: Message = {
    keyboard: { buttons: [] },
    ...draft,
    id: world.messages.length + 1,
    date: unixNow(),
    edits: 0,
    isDeleted: false,
    isOld: false,
  };
  world.messages.push(message);
  return message;
}

export const find = (world: World, chat: number, id: number | undefined): Message | undefined =>
  world.messages.find((message) => message.chat.id === chat && message.id === id && !message.isDeleted);

export const plain = (text: string): Formatted => ({ text, entities: [] });
