import { useState } from 'preact/hooks';
import type { PostTile } from '../../contract/posts.ts';
import { apiPath } from '../api.ts';
import { Icon, type IconName, KIND_ICONS } from '../icons.tsx';
import { refreshSignal } from '../live.ts';
import { useStore } from '../store.ts';
import { formats, words } from '../words/words.ts';

const STATE_ICONS: Readonly<Record<'partial' | 'poster' | 'missing', IconName>> = {
  partial: 'partial',
  poster: 'poster',
  missing: 'missing',
};

interface Props {
  readonly post: PostTile | undefined;
  readonly index: number;
  readonly left: number;
  readonly top: number;
  readonly size: number;
  readonly setSize: number;
  readonly position: number;
  readonly href: string;
  readonly hasFocus: boolean;
  readonly isSelected: boolean;
  readonly isSelecting: boolean;
  readonly showsLikes: boolean;
}

/** One post of the grid, with a placeholder until it is loaded. The grid handles clicks and keys. */
export function Tile(props: Props) {
  const { post, size, left, top } = props;
  const place = { transform: `translate(${left}px, ${top}px)`, width: `${size}px`, height: `${size}px` };
  if (!post) return <li class="cell" style={place} aria-hidden="true" data-waiting="" />;
  const role = props.isSelecting ? { role: 'checkbox' as const, 'aria-checked': props.isSelected } : {};
  return (
    <li class="cell" style={place} aria-setsize={props.setSize} aria-posinset={props.position + 1}>
      <a
        class="tile"
        href={props.href}
        data-post={post.id}
        data-index={props.index}
        data-selected={props.isSelected ? '' : undefined}
        tabIndex={props.hasFocus ? 0 : -1}
        draggable={false}
        {...role}
      >
        <Cover key={post.cover ? `${post.cover.id} ${post.cover.version}` : 'none'} post={post} />
        <Marks post={post} showsLikes={props.showsLikes} />
        <span class="tick" data-tick="" aria-hidden="true">
          <Icon name="check" size={16} />
        </span>
      </a>
    </li>
  );
}

function Cover({ post }: { post: PostTile }) {
  const { cover, text, kind } = post;
  const refreshes = useStore(refreshSignal);
  const [failedIn, setFailedIn] = useState<number>();
  if (!cover || failedIn === refreshes) {
    return (
      <span class="placeholder" data-failed={cover ? '' : undefined}>
        <Icon name={KIND_ICONS[kind]} size={28} />
        <span class="placeholder-text">{text || words.tile.noText}</span>
      </span>
    );
  }
  return (
    <img
      src={apiPath(`/media/${cover.id}/thumbnail?size=tile&v=${encodeURIComponent(cover.version)}`)}
      alt={text}
      width={360}
      height={360}
      decoding="async"
      draggable={false}
      ref={fadeIn}
      onError={() => setFailedIn(refreshes)}
    />
  );
}

/** Fades in an image that is still loading. */
function fadeIn(image: HTMLImageElement | null): void {
  if (!image || image.complete) return;
  image.dataset.coming = '';
  const loaded = () => {
    delete image.dataset.coming;
  };
  image.addEventListener('load', loaded, { once: true });
  image.addEventListener('error', loaded, { once: true });
}

const stateNote = ({ state, gone, kept }: PostTile) =>
  state === 'whole'
    ? ''
    : gone === 0
      ? words.stateNotes[state]
      : kept === 0
        ? words.tile.fileMissing
        : words.tile.filesMissing;

/** Kind, length, number and state of a post: as icons, and in words for screen readers. */
function Marks({ post, showsLikes }: { post: PostTile; showsLikes: boolean }) {
  const { kind, itemCount, duration, state, likes, postedAt } = post;
  const isAlbum = kind === 'album';
  const description = [
    isAlbum ? words.tile.album(formats.number(itemCount)) : words.kinds[kind],
    ...(duration === null ? [] : [words.tile.video(formats.length(duration))]),
    ...(postedAt ? [formats.day(postedAt)] : []),
    ...(state === 'whole' ? [] : [stateNote(post)]),
    ...(showsLikes && likes !== null ? [words.tile.likes(formats.number(likes), likes)] : []),
  ];
  return (
    <>
      {kind !== 'image' && (
        <span class="mark mark-kind" aria-hidden="true">
          {isAlbum && formats.number(itemCount)}
          {duration !== null && formats.length(duration)}
          <Icon name={KIND_ICONS[kind]} size={15} />
        </span>
      )}
      {state !== 'whole' && (
        <span class="mark mark-state" aria-hidden="true" title={stateNote(post)}>
          <Icon name={STATE_ICONS[state]} size={15} />
          <span class="mark-word">{words.states[state]}</span>
        </span>
      )}
      {showsLikes && likes !== null && (
        <span class="mark mark-likes" aria-hidden="true">
          <Icon name="heart" size={14} />
          {formats.compact(likes)}
        </span>
      )}
      <span class="vh">{`, ${description.join(', ')}`}</span>
    </>
  );
}
