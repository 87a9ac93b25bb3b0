import type { MessageEntity } from 'grammy/types';

/**
 * A message: plain text, and entities for its formatting. Telegram does not parse it, so no character in a caption, a name
 * or an error can be mistaken for markup.
 */
export interface Text {
  readonly text: string;
  readonly entities: readonly MessageEntity[];
}

/** Telegram's limit for a message, in UTF-16 code units (https://core.telegram.org/bots/api#sendmessage). */
export const LONGEST = 4096;

type Part = string | number | Text;

/** Composes a message: `say`​`Hello ${bold(name)}`. Offsets and lengths are in UTF-16 code units, as Telegram counts. */
export function say(strings: TemplateStringsArray, ...parts: readonly Part[]): Text {
  return join(
    strings.flatMap((string, index) => (index < parts.length ? [string, parts[index] as Part] : [string])),
    '',
  );
}

export function bold(part: Part): Text {
  const { text, entities } = asText(part);
  // Telegram rejects an empty entity.
  const own: MessageEntity[] = text === '' ? [] : [{ type: 'bold', offset: 0, length: text.length }];
  return { text, entities: [...own, ...entities] };
}

export function join(parts: readonly Part[], separator: string): Text {
  let text = '';
  const entities: MessageEntity[] = [];
  for (const [index, part] of parts.map(asText).entries()) {
    if (index > 0) text += separator;
    for (const entity of part.entities) entities.push({ ...entity, offset: entity.offset + text.length });
    text += part.text;
  }
  return { text, entities };
}

export const lines = (...parts: readonly (Part | undefined)[]): Text =>
  join(
    parts.filter((part) => part !== undefined),
    '\n',
  );

const asText = (part: Part): Text => (typeof part === 'object' ? part : { text: String(part), entities: [] });

/** Shortens a text to `most` UTF-16 code units, with an ellipsis; no character is split. */
export function clip(text: string, most: number): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
  if (plain.length <= most) return plain;
  let kept = '';
  for (const character of plain) {
    if (kept.length + character.length > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Shortens a message to Telegram's limit, with an ellipsis. */
export function fitted({ text, entities }: Text): Text {
  if (text.length <= LONGEST) return { text, entities };
  const isSplit = /[\ud800-\udbff]/.test(text.charAt(LONGEST - 2));
  const end = LONGEST - (isSplit ? 2 : 1);
  return {
    text: `${text.slice(0, end)}…`,
    entities: entities
      .filter(({ offset }) => offset < end)
      .map((entity) => ({ ...entity, length: Math.min(entity.length, end - entity.offset) })),
  };
}
