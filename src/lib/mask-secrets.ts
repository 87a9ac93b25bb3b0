/** Tokens of both flavours and of Telegram bots, signatures in addresses, and credentials in headers and queries. */
const SECRETS = [
  /\b(?:EAA|IGAA|IGQ)[\w-]{8,}/g,
  /(?<!\d)\d{5,20}:[\w-]{30,}/g,
  /(?<=[?&](?:access_token|oh|client_secret|appsecret_proof|input_token|fb_exchange_token|code|code_verifier)=)[^&\s"']+/g,
  /(?<=\b(?:Bearer|OAuth) )\S+/g,
];

/** Masks what looks like a token or a signature. */
export const maskSecrets = (text: string): string =>
  SECRETS.reduce((masked, secret) => masked.replace(secret, '***'), text);
