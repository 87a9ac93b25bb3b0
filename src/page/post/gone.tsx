import { useState } from 'preact/hooks';
import type { Post, PostItem } from '../../contract/posts.ts';
import type { BackfillRequest } from '../../contract/runs.ts';
import { dayAfter } from '../address.ts';
import { type ApiError, whyNotSent } from '../api.ts';
import { Command, verifyCommand } from '../copy.tsx';
import { Icon } from '../icons.tsx';
import { hrefOf } from '../navigation.ts';
import { useStart } from '../runs/use-start.ts';
import { words } from '../words/words.ts';

export type Media = NonNullable<PostItem['media']>;

export const filePath = ({ id, version }: Pick<Media, 'id' | 'version'>) =>
  `/media/${id}/file?v=${encodeURIComponent(version)}`;

/** A file that the server does not send: why, and how to get it back. */
export function Gone({ problem, post, again }: { problem: ApiError; post: Post; again: () => void }) {
  const isGone = problem.status === 404;
  const request = isGone ? requestFor(post) : undefined;
  const [run, setRun] = useState<string>();
  const { start, isStarting, problem: refusal } = useStart(setRun);
  return (
    <div class="lacking" role="status">
      <Icon name={isGone ? 'missing' : 'warning'} size={40} />
      <p>
        <strong>{problem.message}</strong>
      </p>
      {!isGone && problem.hint && <p>{problem.hint}</p>}
      {request && !run && (
        <button type="button" class="button button-main" disabled={isStarting} onClick={() => void start(request)}>
          <Icon name="download" size={18} />
          {words.post.downloadAgain}
        </button>
      )}
      {run && (
        <p>
          {words.post.downloadingAgain} <a href={hrefOf({ page: 'run', id: run })}>{words.runs.details}</a>
        </p>
      )}
      {refusal && (
        <p role="alert">
          {refusal.message}
          {refusal.hint ? `. ${refusal.hint}` : ''}
        </p>
      )}
      {isGone && (
        <p>
          {words.post.repairAll} <Command text={verifyCommand({ repair: true })} />
        </p>
      )}
      <button type="button" class="button" onClick={again}>
        {words.retry}
      </button>
    </div>
  );
}

/** A run over the day of the post: it downloads what is missing on disk. Stories are not listed any more. */
function requestFor({ kind, postedAt, account }: Post): BackfillRequest | undefined {
  if (kind === 'story' || postedAt === null || account === null) return undefined;
  const day = postedAt.slice(0, 10);
  return { account: account.id, mediaType: 'feed', since: day, until: dayAfter(day) };
}

/** Saves a file under its name, or gives the reason why the server does not send it. */
export async function saveFile(media: Media, href: string): Promise<ApiError | undefined> {
  const problem = await whyNotSent(filePath(media));
  if (problem) return problem;
  const link = document.createElement('a');
  link.href = href;
  link.download = media.fileName;
  link.click();
  return undefined;
}
