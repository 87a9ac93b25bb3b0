import type { Message, World } from './world.ts';

/** A chat as text: a line for who wrote, the text, the buttons in brackets row by row, what presses were told. */
export function conversation(world: World, chat?: number): string {
  const chats = chat === undefined ? [...world.rooms.keys()] : [chat];
  return chats.map((id) => chatText(world, id, chats.length > 1)).join('\n\n');
}

function chatText(world: World, chat: number, isNamed: boolean): string {
  const messages = world.messages.filter((message) => message.chat.id === chat && !message.isDeleted);
  const toasts = [...world.queries.values()].flatMap(({ chat: where, answer }) =>
    where === chat && answer?.text ? [`(${answer.showAlert ? 'alert' : 'toast'}) ${answer.text}`] : [],
  );
  const parts = [...messages.map((message) => messageText(world, message)), ...toasts];
  return (isNamed ? [`# Chat ${chat}`, ...parts] : parts).join('\n\n');
}

function messageText(world: World, { from, text, media, keyboard, edits }: Message): string {
  const who = from ? from.firstName : world.bot.username;
  const lines = [
    `${who}${edits > 0 ? ' (edited)' : ''}:`,
    ...(media ? [`<${media.kind}>`] : []),
    ...(text.text === '' ? [] : [text.text]),
    ...keyboard.buttons.map((row) => row.map((button) => `[${button.text}]`).join(' ')),
  ];
  return lines.join('\n');
}
