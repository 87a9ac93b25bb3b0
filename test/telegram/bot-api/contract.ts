/** Somebody who writes to the bot. */
export interface Person {
  readonly id: number;
  readonly firstName: string;
  readonly lastName?: string;
  readonly username?: string;
  readonly languageCode?: string;
}

/** Where it is written: a private chat has the id of its person, a group a negative one. */
export interface Chat {
  readonly id: number;
  readonly type: 'private' | 'group' | 'supergroup';
  readonly title?: string;
}

/** Offsets and lengths are in UTF-16 units, as everywhere in the Bot API. */
export interface Entity {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
  readonly user?: { readonly id: number };
  readonly custom_emoji_id?: string;
}

export interface Button {
  readonly text: string;
  readonly data?: string;
  readonly url?: string;
}

/** A message of the bot as it stands now. */
export interface SentMessage {
  readonly id: number;
  /** Text or caption as a person sees it: ends trimmed. */
  readonly text: string;
  readonly entities: readonly Entity[];
  readonly buttons: readonly (readonly Button[])[];
  /** The size in bytes of its picture; an album is several messages with one albumId. */
  readonly photos: readonly number[];
  readonly videos: readonly number[];
  readonly albumId?: string;
  readonly replyTo?: number;
  readonly edits: number;
  readonly isDeleted: boolean;
}

/** One call that was answered; uploads stand in `params` as their names and sizes. */
export interface Call {
  readonly at: Date;
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly ok: boolean;
  readonly error?: string;
}

export interface MenuCommand {
  readonly command: string;
  readonly description: string;
}

export interface BotApiOptions {
  token?: string;
  port?: number;
  botUsername?: string;
  /** Long polls end after so many seconds, whatever the bot asks for; 50 like Telegram's own without it. */
  pollTimeoutCap?: number;
  /** Refuses more than about a message a second in a chat, and more than 20 a minute in a group. */
  strictFlood?: boolean;
}

/** Which calls a trouble is for; without methods all but getUpdates. */
export interface Where {
  methods?: readonly string[];
  chat?: number;
  times?: number;
}

export interface SayOptions {
  replyTo?: number;
  /** It was written by somebody else: forward_origin, and forward_date as before Bot API 7.0. */
  isForwarded?: boolean;
  /** It was sent through an inline bot. */
  isViaBot?: boolean;
  /** It was written in the name of a chat: an anonymous admin's group, or a channel. */
  inNameOf?: Chat;
}

export interface BotApi {
  /** TELEGRAM_API_ROOT. */
  readonly url: string;
  readonly token: string;
  readonly bot: { readonly id: number; readonly username: string };

  /**
   * A person writes; gives the message's id. In a group the bot hears what it would in privacy mode: commands that are
   * not for another bot, and answers to its own messages. Writing in a private chat ends a block.
   */
  say(from: Person, chat: Chat, text: string, options?: SayOptions): number;
  /** A person presses a button, found by its text or its data; gives the query's id. Throws if there is none such. */
  press(from: Person, chat: Chat, messageId: number, button: string): string;
  /**
   * A client presses what no button says: any data, on a message that is there, that the bot cannot see any more
   * (`inaccessible`), or on none at all. Gives the query's id.
   */
  forge(from: Person, chat: Chat, data: string, message: number | 'inaccessible' | 'none'): string;
  /** An update of any kind and content, even one that the bot does not want: it may be from before it said so. */
  deliver(kind: string, content: unknown): void;
  /** Lets the bot know a chat and people in it, without an update. */
  meet(chat: Chat, ...people: readonly Person[]): void;
  /** Somebody adds the bot to a group: a my_chat_member update. */
  addBot(from: Person, chat: Chat): void;
  /** Somebody throws the bot out of a group: a my_chat_member update, then 403. */
  removeBot(from: Person, chat: Chat): void;

  readonly calls: readonly Call[];
  /** Whether a long poll of the bot is waiting just now. */
  isPolled(): boolean;
  /** What the bot has sent to a chat, deleted messages too. */
  messages(chat: number): readonly SentMessage[];
  /** The chat as text, as it would be seen now: who, text, [buttons]. Without a chat all of them. */
  conversation(chat?: number): string;
  /** What the bot said to a press: nothing yet, or the toast. */
  answer(queryId: string): { readonly text: string; readonly showAlert: boolean } | undefined;
  /** Menus by scope: `default`, `all_private_chats`, `chat:5`, `chat_member:5:7`; with a language `default/de`. */
  commands(): Readonly<Record<string, readonly MenuCommand[]>>;

  /** Looks until there is something; the error tells what was waited for and the conversation so far. */
  waitFor<T>(what: string, look: () => T | undefined | null | false, milliseconds?: number): Promise<T>;
  /** The first message standing in the chat whose text is like this. */
  waitForMessage(chat: number, text: string | RegExp, milliseconds?: number): Promise<SentMessage>;

  /** The next calls (all methods but getUpdates, or those named; once unless said otherwise) are answered 429. */
  flood(seconds: number, options?: Where): void;
  /** As flood, with any error code and description. */
  refuse(code: number, description: string, options?: Where): void;
  /**
   * Instead of an answer nothing comes, or a blank now and then without end; `late`: the call is carried out, and its
   * answer is held back until {@link clearUp}.
   */
  hang(kind: 'silence' | 'drip' | 'late', options?: Where): void;
  /** Instead of an answer the page of a proxy comes. */
  page(status: number, options?: Where): void;
  /** Ends all troubles that are left. */
  clearUp(): void;
  /** The next calls (all methods but getUpdates, or those named; once unless said otherwise) fail at Telegram's side. */
  failNext(status: 500 | 502, times?: number, methods?: readonly string[]): void;
  /** A person deletes a message: editing it fails. */
  deleteMessage(chat: number, messageId: number): void;
  /** The message can be neither edited nor deleted any more. */
  makeOld(chat: number, messageId: number): void;
  /** The time to answer a press is over. */
  expireQuery(queryId: string): void;
  /** A person blocks the bot: a my_chat_member update, then 403. */
  blockedBy(chat: number): void;
  /** From now on every update comes a second time, although it was confirmed. */
  deliverTwice(): void;
  /** Connections are cut and refused. */
  goDown(): Promise<void>;
  /** Serves again, on the same port. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}
