import type { Answering } from './answering.ts';
import type { MenuCommand } from './contract.ts';
import { isObject, type Params, structureOf, textOf } from './params.ts';
import { badRequest } from './refusal.ts';

export interface Menus {
  readonly all: Map<string, readonly MenuCommand[]>;
  readonly methods: Readonly<Record<'setmycommands' | 'getmycommands' | 'deletemycommands', Answering>>;
}

/** Menus of commands: core.telegram.org/bots/api#setmycommands, #botcommandscope. */
export function createMenus(): Menus {
  const all = new Map<string, readonly MenuCommand[]>();
  return {
    all,
    methods: {
      setmycommands: ({ params }) => {
        const commands = commandsOf(params);
        const scope = scopeOf(params);
        if (commands.length === 0) all.delete(scope);
        else all.set(scope, commands);
        return true;
      },
      getmycommands: ({ params }) => all.get(scopeOf(params)) ?? [],
      deletemycommands: ({ params }) => {
        all.delete(scopeOf(params));
        return true;
      },
    },
  };
}

/** Names of errors: github.com/LonamiWebs/Telethon/pull/4700, github.com/tdlib/telegram-bot-api/issues/98. */
function commandsOf(params: Params): MenuCommand[] {
  const list = structureOf(params, 'commands', 'commands') ?? [];
  if (!Array.isArray(list)) throw badRequest('expected an Array of BotCommand');
  const commands = list.map((value: unknown) => {
    if (!isObject(value)) throw badRequest("can't parse BotCommand: expected an Object");
    for (const field of ['command', 'description'])
      if (typeof value[field] !== 'string') throw badRequest(`can't parse BotCommand: Can't find field "${field}"`);
    const command = textOf(value, 'command').replace(/^\//, '');
    const description = textOf(value, 'description').trim();
    if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID');
    if (description === '') throw badRequest('command description must be non-empty');
    if ([...description].length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID');
    return { command, description };
  });
  if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH');
  return commands;
}

const WIDE = new Set(['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators']);

function scopeOf(params: Params): string {
  const language = textOf(params, 'language_code');
  if (!/^([a-z]{2})?$/.test(language)) throw badRequest('invalid language code specified');
  const scope = structureOf(params, 'scope', 'scope') ?? { type: 'default' };
  if (!isObject(scope)) throw badRequest("can't parse BotCommandScope: expected an Object");
  return placeOf(scope) + (language === '' ? '' : `/${language}`);
}

function placeOf(scope: Record<string, unknown>): string {
  const type = textOf(scope, 'type');
  if (WIDE.has(type)) return type;
  const fields = { chat: ['chat_id'], chat_administrators: ['chat_id'], chat_member: ['chat_id', 'user_id'] }[type];
  if (!fields) throw badRequest("can't parse BotCommandScope: Unsupported type specified");
  return [type, ...fields.map((field) => idOf(scope, field))].join(':');
}

function idOf(scope: Record<string, unknown>, field: string): string {
  const id = textOf(scope, field);
  if (id === '') throw badRequest(`can't parse BotCommandScope: Can't find field "${field}"`);
  return id;
}
