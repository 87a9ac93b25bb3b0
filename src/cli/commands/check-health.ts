import { command, JSON_FLAG } from '../command.ts';

export const checkHealth = () =>
  command(
    'check-health',
    'Check database, media folder, key, accounts, tokens, clock, hosts and bot; each problem comes with a fix.',
  )
    .option('--offline', 'skip the checks that need the network', false)
    .option('--sandbox', "use the sandbox's library, which needs no network", false)
    .option('--json', JSON_FLAG, false)
    .addHelpText('after', '\nExit status: 0 healthy, 1 something is broken');
