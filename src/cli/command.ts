import { Command, type OptionValues } from '@commander-js/extra-typings';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/**
 * A command's name, arguments, flags and help, in `commands/`. It is called for each program that is built, because
 * commander keeps the parsed values in it. It loads nothing heavy: `--help` builds all commands.
 */
export type Declaration<Arguments extends unknown[], Options extends OptionValues> = () => Command<Arguments, Options>;

/** The flags of a command, as parsed. */
export type OptionsOf<Declared> = Declared extends Declaration<infer _, infer Options> ? Options : never;

/** The work of a command, in `actions/`: loaded when the command runs. */
export type Action<Arguments extends unknown[], Options extends OptionValues> = (
  ...given: [...Arguments, options: Options, context: Context]
) => Promise<ExitCode>;

export const command = <Name extends string>(name: Name, description: string) =>
  new Command(name).description(description);

export const ACCOUNT = 'account UUID, Instagram id or @username';
export const JSON_FLAG = 'print one JSON document on standard output';

/** The section `Examples` of a command's help. */
export function examples(...lines: readonly (readonly [command: string, meaning?: string])[]): string {
  const width = Math.max(...lines.filter(([, meaning]) => meaning).map(([command]) => command.length), 0);
  const rows = lines.map(([command, meaning]) =>
    meaning ? `  ${command.padEnd(width)}  # ${meaning}` : `  ${command}`,
  );
  return `\nExamples:\n${rows.join('\n')}\n`;
}
