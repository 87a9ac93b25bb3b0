import { command, examples } from '../command.ts';

export const setWebPassword = () =>
  command('set-web-password', "Set the gallery's password: prompted for, or the first line of standard input.")
    .option('--remove', 'remove the password; only this machine can open the gallery', false)
    .addHelpText(
      'after',
      `${examples(['storyline-cli set-web-password'], ['storyline-cli set-web-password --remove'])}
This ends all sessions; everyone has to log in again.`,
    );
