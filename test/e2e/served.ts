import { once } from 'node:events';
import { type Cli, cli, type Outcome } from '../support/cli.ts';

export interface Served {
  /** Without a path, such as `http://127.0.0.1:8765`. */
  readonly address: string;
  readonly program: Cli;
  /** Runs a command with the same home. @throws if its exit code is not the expected one. */
  type(args: readonly string[], expected?: { readonly exitCode?: number; readonly input?: string }): Promise<Outcome>;
  close(): Promise<void>;
}

interface Options {
  readonly environment?: Record<string, string>;
  readonly args?: readonly string[];
  /** Fills the home before the program starts. */
  readonly fill?: (home: string) => Promise<void>;
  /** Commands to run before the server starts. */
  readonly before?: readonly { readonly args: readonly string[]; readonly input?: string }[];
}

/** Starts the built program with its own library on a free port. */
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
      if (errors.length > 0) throw new Error(`the server logged errors: ${errors.join('\n')}`);
    },
  };
}
