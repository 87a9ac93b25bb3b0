import type { Answering } from './answering.ts';
import { getChat, getChatMember, leaveChat } from './chats.ts';
import { sendMediaGroup, sendPhoto, sendVideo } from './media.ts';
import type { Menus } from './menus.ts';
import * as messages from './messages.ts';
import { isTrue } from './params.ts';
import type { Updates } from './updates.ts';
import { botJson } from './wire.ts';

/** All methods but getUpdates, by their names in lower case: Telegram does not look at the case. */
export const methodsOf = (menus: Menus, updates: Updates): ReadonlyMap<string, Answering> =>
  new Map<string, Answering>([
    ['getme', ({ world }) => ({ ...botJson(world.bot), ...ABILITIES })],
    [
      'deletewebhook',
      ({ params }) => {
        if (isTrue(params, 'drop_pending_updates')) updates.drop();
        return true;
      },
    ],
    ...Object.entries(menus.methods),
    ['sendmessage', messages.sendMessage],
    ['editmessagetext', messages.editMessageText],
    ['editmessagecaption', messages.editMessageCaption],
    ['editmessagereplymarkup', messages.editMessageReplyMarkup],
    ['deletemessage', messages.deleteMessage],
    ['answercallbackquery', messages.answerCallbackQuery],
    ['sendchataction', messages.sendChatAction],
    ['sendphoto', sendPhoto],
    ['sendvideo', sendVideo],
    ['sendmediagroup', sendMediaGroup],
    ['getchat', getChat],
    ['getchatmember', getChatMember],
    ['leavechat', leaveChat],
  ]);

const ABILITIES = {
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
};
