import type { Message, Query, World } from './world.ts';

/** A chat as text: who wrote, the text, the buttons in brackets row by row; presses and what they were told. */
export function conversation(world: World, chat?: number): string {
  const chats = chat === undefined ? [...world.rooms.keys()] : [chat];
  return chats.map((id) => chatText(world, id, chats.length > 1)).join('\n\n');
}

function chatText(world: World, chat: number, isNamed: boolean): string {
  const messages = world.messages
    .filter((message) => message.chat.id === chat && !message.isDeleted)
    .map((message) => ({ at: message.id, text: messageText(world, message) }));
  const presses = [...world.queries.values()]
    .filter((query) => query.chat === chat)
    .map((query) => ({ at: query.after, text: pressText(query) }));
  const parts = [...messages, ...presses].sort((a, b) => a.at - b.at).map(({ text }) => text);
  return (isNamed ? [`# Chat ${chat}`, ...parts] : parts).join('\n\n');
}

function pressText({ from, button, answer }: Query): string {
  const told = answer?.text ? `\n(${answer.showAlert ? 'alert' : 'toast'}) ${answer.text}` : '';
  return `${from.firstName} presses [${button}]${told}`;
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
