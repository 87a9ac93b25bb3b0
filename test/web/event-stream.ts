import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { Running } from '../../src/contract/events.ts';
import { until } from '../support/until.ts';

/** A client of server-sent events, over a connection of its own. */
export async function listenTo(url: string, headers: Record<string, string> = {}) {
  const request: ClientRequest = get(url, { agent: false, headers });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const heard: Running[] = [];
  let text = '';
  let comments = 0;
  let ending: 'whole' | 'broken' | undefined;
  response.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [event, data, ...rest] = block.split('\n');
      if (event === ':') {
        comments += 1;
        continue;
      }
      if (event !== 'event: running' || !data?.startsWith('data: ') || rest.length > 0) throw new Error(block);
      heard.push(Running.parse(JSON.parse(data.slice('data: '.length))));
    }
  });
  response.on('error', () => undefined);
  response.on('close', () => {
    ending = response.complete ? 'whole' : 'broken';
  });
  return {
    response,
    heard,
    ending: () => ending,
    /** The number of comments received. */
    comments: () => comments,
    /** Waits until the latest event meets a condition. */
    async hears(what: string, condition: (running: Running['running']) => boolean): Promise<Running['running']> {
      await until(what, () => {
        const latest = heard.at(-1);
        return latest !== undefined && condition(latest.running);
      });
      return heard.at(-1)?.running ?? [];
    },
    leave: () => void request.destroy(),
  };
}
