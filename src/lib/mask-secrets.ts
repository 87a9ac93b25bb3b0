/** Names of what is secret wherever it is given a value: in a query, a form, JSON, a header, percent-encoded or not. */
const NAMES =
  'access_token|appsecret_proof|client_secret|app_secret|input_token|fb_exchange_token|refresh_token|code_verifier';
/** What may stand before a name: anything but a letter; encoded `?` and `&` end with one. */
const BEFORE = '(?<![a-z])|(?<=%3f)|(?<=%26)';
const QUOTE = '(?:\\\\*["\']|%22|&quot;)?';

/** Each keeps its first group and masks the rest. Every one takes time in proportion to the text. */
const SECRETS: readonly RegExp[] = [
  // Tokens of both flavours: short ones, as tests have, only where a word begins.
  /()(?:EAA|IGAA|IGQ)[\w-]{20,}|\b(?:EAA|IGAA|IGQ)[\w-]{8,}/g,
  // Tokens of Telegram bots, and of apps: the app's id and its secret.
  /()(?<!\d)\d{5,20}(?::|%3A)[\w-]{30,}/gi,
  /((?<!\d)\d{5,20}(?:\||%7C))[\w-]{8,}/gi,
  new RegExp(`((?:${BEFORE})(?:${NAMES})${QUOTE}\\s?(?:=|:|%3d|%3a)\\s?${QUOTE})[^\\s&"'\\\\,;<>{}()]+`, 'gi'),
  // A signature of a link, and the code of a sign-in; a code of an error is shorter.
  new RegExp(`((?:${BEFORE})oh(?:=|%3d))[^\\s&"'\\\\<>]+`, 'gi'),
  new RegExp(`((?:${BEFORE})code(?:=|%3d))[^\\s&"'\\\\<>]{6,}`, 'gi'),
  /(\b(?:Bearer|OAuth)(?: |%20|\+))[\w.~+/=|%-]{12,}/gi,
  // The query of a media link is its key, whole.
  /((?:\/\/|%2F%2F)[\w.-]{0,200}(?:cdninstagram\.com|fbcdn\.net)[^\s?"'<>]{0,1000}?(?:\?|%3F))[^\s"'<>]+/gi,
];

/** Masks what looks like a token, a secret or a signature. */
export const maskSecrets = (text: string): string =>
  SECRETS.reduce((masked, secret) => masked.replace(secret, '$1***'), text);
