import { once } from 'node:events';
import { type Cli, cli, type Outcome } from '../support/cli.ts';

export interface Served {
  /** Without a path. */
  readonly address: string;
  readonly program: Cli;
  /** Types a command with the same home. @throws where it is not done as expected. */
  type(args: readonly string[], expected?: { readonly exitCode?: number; readonly input?: string }): Promise<Outcome>;
  close(): Promise<void>;
}

interface Options {
  readonly environment?: Record<string, string>;
  readonly args?: readonly string[];
  /** Fills the home before the program is started. */
  readonly fill?: (home: string) => Promise<void>;
  /** What is typed before the gallery is opened. */
  readonly before?: readonly { readonly args: readonly string[]; readonly input?: string }[];
}

/** The built program serving a library of its own, on a port that is free. */
export async function served({ environment = {}, args = [], fill, before = [] }: Options = {}): Promise<Served> {
  const program = await cli(environment);
  const type: Served['type'] = async (typed, { exitCode = 0, input } = {}) => {
    const outcome = await program.run(typed, input === undefined ? {} : { input });
    if (outcome.exitCode === exitCode) return outcome;
    throw new Error(`${typed.join(' ')} ended with ${outcome.exitCode}: ${outcome.stderr}${outcome.stdout}`);
  };
  await fill?.(program.home);
  for (const { args: typed, input } of before) await type(typed, input === undefined ? {} : { input });

  const { child, outcome } = program.start(['serve', '--no-bot', '--port', '0', ...args]);
  const address = await new Promise<string>((found, failed) => {
    let said = '';
    const hear = (text: string) => {
      said += text;
      const [match] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (match) found(match);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    outcome.then(({ stderr, stdout }) => failed(new Error(`serve ended: ${stderr}${stdout}`)), failed);
  });
  return {
    address,
    program,
    type,
    async close() {
      if (child.exitCode === null) {
        child.kill('SIGINT');
        await once(child, 'close');
      }
      await program.close();
      const errors = (await outcome).stderr.split('\n').filter((line) => line.startsWith('error: '));
      if (errors.length > 0) throw new Error(`the server told of errors: ${errors.join('\n')}`);
    },
  };
}
