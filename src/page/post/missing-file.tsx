import { useState } from 'preact/hooks';
import type { Post, PostItem } from '../../contract/posts.ts';
import type { BackfillRequest } from '../../contract/runs.ts';
import { dayAfter } from '../address.ts';
import { type ApiError, downloadProblem } from '../api.ts';
import { Command, verifyCommand } from '../copy.tsx';
import { Icon } from '../icons.tsx';
import { hrefOf } from '../navigation.ts';
import { useStart } from '../runs/use-start.ts';
import { words } from '../words/words.ts';

export type Media = NonNullable<PostItem['media']>;

export const filePath = ({ id, version }: Pick<Media, 'id' | 'version'>) =>
  `/media/${id}/file?v=${encodeURIComponent(version)}`;

/** Shown instead of a file that the server does not send: the reason, and how to download it again. */
export function MissingFile({ problem, post, retry }: { problem: ApiError; post: Post; retry: () => void }) {
  const isMissing = problem.status === 404;
  const request = isMissing ? requestFor(post) : undefined;
  const [run, setRun] = useState<string>();
  const { start, isStarting, problem: refusal } = useStart(setRun);
  return (
    <div class="lacking" role="status">
      <Icon name={isMissing ? 'missing' : 'warning'} size={40} />
      <p>
        <strong>{problem.message}</strong>
      </p>
      {!isMissing && problem.hint && <p>{problem.hint}</p>}
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
      {isMissing && (
        <p>
          {words.post.repairAll} <Command text={verifyCommand({ repair: true })} />
        </p>
      )}
      <button type="button" class="button" onClick={retry}>
        {words.retry}
      </button>
    </div>
  );
}

/** A run for the day of the post, which downloads missing files again. Undefined for stories: Instagram no longer lists them. */
function requestFor({ kind, postedAt, account }: Post): BackfillRequest | undefined {
  if (kind === 'story' || postedAt === null || account === null) return undefined;
  const day = postedAt.slice(0, 10);
  return { account: account.id, mediaType: 'feed', since: day, until: dayAfter(day) };
}

/** Saves a file under its name, or returns the error if the server does not send it. */
export async function saveFile(media: Media, href: string): Promise<ApiError | undefined> {
  const problem = await downloadProblem(filePath(media));
  if (problem) return problem;
  const link = document.createElement('a');
  link.href = href;
  link.download = media.fileName;
  link.click();
  return undefined;
}
