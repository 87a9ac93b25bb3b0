import { command, examples } from '../command.ts';
import { port } from '../parsers.ts';

export const sandbox = () =>
  command('sandbox', 'Run only the simulated Instagram, to try things by hand, until Ctrl-C.')
    .option('--port <n>', 'port on 127.0.0.1 (0 = any free one)', port, 0)
    .addHelpText('after', examples(['storyline-cli sandbox --port 8090', 'prints its addresses and tokens']));
