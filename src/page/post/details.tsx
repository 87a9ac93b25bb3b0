import { useState } from 'preact/hooks';
import type { Post } from '../../contract/posts.ts';
import type { Query } from '../address.ts';
import { problemOf } from '../api.ts';
import { downloadPosts } from '../gallery/selection-bar.tsx';
import { Icon, KIND_ICONS } from '../icons.tsx';
import { hrefOf } from '../navigation.ts';
import { formats, words } from '../words/words.ts';
import { captionParts } from './caption.ts';
import { FileDetails } from './file-details.tsx';

export const Details = ({ post, query }: { post: Post; query: Query }) => (
  <article class="details">
    <h2 class="details-head">
      <span class="badge">
        <Icon name={KIND_ICONS[post.kind]} size={16} />
        {words.kinds[post.kind]}
      </span>
      {post.state !== 'whole' && <span class="badge badge-warning">{words.states[post.state]}</span>}
      {(post.username ?? post.account?.name) && (
        <span class="details-name">{post.username ? `@${post.username}` : post.account?.name}</span>
      )}
    </h2>
    <p class="details-when">
      {post.postedAt ? (
        <time dateTime={post.postedAt} title={formats.utc(post.postedAt)}>
          {formats.moment(post.postedAt)}
        </time>
      ) : (
        words.post.noDate
      )}
    </p>
    <Caption post={post} query={query} />
    <p class="details-counts">
      {post.likes !== null && (
        <span>
          <Icon name="heart" size={18} />
          {words.post.likes(formats.number(post.likes), post.likes)}
        </span>
      )}
      {post.comments !== null && (
        <span>
          <Icon name="comment" size={18} />
          {words.post.comments(formats.number(post.comments), post.comments)}
        </span>
      )}
    </p>
    <div class="details-actions">
      {post.permalink && /^https:\/\//.test(post.permalink) && (
        <a class="button" href={post.permalink} target="_blank" rel="noopener noreferrer">
          <Icon name="link" size={18} />
          {words.post.permalink}
        </a>
      )}
      {post.kept > 0 && <DownloadPost id={post.id} />}
    </div>
    <h3>{words.post.files}</h3>
    <ol class="files">
      {post.items.map((item) => (
        <FileDetails key={item.id} item={item} isOnly={post.items.length === 1} />
      ))}
    </ol>
  </article>
);

function Caption({ post, query }: { post: Post; query: Query }) {
  if (!post.caption) return <p class="caption quiet">{words.post.noCaption}</p>;
  return (
    <p class="caption">
      {captionParts(post.caption).map((part, at) =>
        typeof part === 'string' ? (
          part
        ) : (
          <a key={at} href={hrefOf({ page: 'gallery' }, { order: query.order, hashtag: part.hashtag })}>
            {`#${part.hashtag}`}
          </a>
        ),
      )}
    </p>
  );
}

function DownloadPost({ id }: { id: string }) {
  const [message, setMessage] = useState('');
  async function download(): Promise<void> {
    setMessage(words.select.preparing);
    try {
      const { files, bytes } = await downloadPosts([id]);
      setMessage(words.select.started(formats.number(files), formats.bytes(bytes)));
    } catch (error) {
      setMessage(problemOf(error).message);
    }
  }
  return (
    <>
      <button type="button" class="button" onClick={() => void download()}>
        <Icon name="download" size={18} />
        {words.post.downloadZip}
      </button>
      <span class="quiet" role="status">
        {message}
      </span>
    </>
  );
}
