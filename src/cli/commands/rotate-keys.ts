import { command } from '../command.ts';

export const rotateKeys = () =>
  command('rotate-keys', 'Encrypt all stored tokens with a new key.').addHelpText(
    'after',
    `
With the key file (the default) a new key is generated, and the old one is deleted afterwards.
With ENCRYPTION_KEYS, put the new key first, run this, then remove the old one.`,
  );
