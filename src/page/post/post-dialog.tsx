import { useEffect, useState } from 'preact/hooks';
import type { Neighbours, Post } from '../../contract/posts.ts';
import { formatQuery } from '../address.ts';
import { Dialog } from '../dialog.tsx';
import { Icon } from '../icons.tsx';
import { refreshSignal } from '../live.ts';
import { useLoaded, useWhenChanged } from '../loaded.ts';
import { address, go, remembered } from '../navigation.ts';
import { Notice, Waiting } from '../notice.tsx';
import { isTyping } from '../shortcuts.tsx';
import { useStore } from '../store.ts';
import { formats, words } from '../words/words.ts';
import { Details } from './details.tsx';
import { Stage } from './stage.tsx';

/** Returns to where the post was opened, or to the gallery if the page was opened with the address of the post. */
function close(): void {
  if (remembered().fromGallery) history.back();
  else go({ route: { page: 'gallery' } }, { replace: true });
}

/** A post over the gallery. Previous and next post follow the gallery's filters and order. */
export function PostDialog({ id }: { id: string }) {
  const { query } = useStore(address);
  const text = formatQuery(query);
  const { value: post, problem, reload } = useLoaded<Post>(`/posts/${id}`);
  const { value: neighbours } = useLoaded<Neighbours>(`/posts/${id}/neighbours${text ? `?${text}` : ''}`);
  const shown = useLastLoaded(post);
  const [position, setPosition] = useState(0);
  useWhenChanged(`${useStore(refreshSignal)}`, reload);

  useEffect(() => setPosition(0), [id]);
  useEffect(() => {
    if (!post) return;
    const name = post.text || (post.postedAt ? formats.day(post.postedAt) : words.kinds[post.kind]);
    document.title = words.title(name.length > 60 ? `${name.slice(0, 59)}…` : name);
  }, [post]);

  const goTo = (next: string | null | undefined) => {
    if (next) go({ route: { page: 'post', id: next } }, { replace: true });
  };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (isTyping(event) || event.altKey || event.ctrlKey || event.metaKey || event.target instanceof HTMLVideoElement)
        return;
      const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (by === 0) return;
      event.preventDefault();
      const next = position + by;
      if (post && next >= 0 && next < post.items.length) setPosition(next);
      else goTo(by > 0 ? neighbours?.older : neighbours?.newer);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [post, neighbours, position]);

  return (
    <Dialog label={words.post.label} class="post" close={close}>
      <div class="post-inside">
        <div class="post-stage">
          {shown && (
            <Stage key={shown.id} post={shown} position={shown === post ? position : 0} setPosition={setPosition} />
          )}
          {!shown && !problem && <div class="stage-waiting" aria-hidden="true" />}
          {problem && <Notice problem={problem} retry={reload} />}
          <Neighbour to={neighbours?.newer} name="newer" go={goTo} />
          <Neighbour to={neighbours?.older} name="older" go={goTo} />
        </div>
        <div class="post-details">
          {shown ? <Details key={shown.id} post={shown} query={query} /> : <Waiting lines={6} />}
        </div>
        <button
          type="button"
          class="icon-button post-close"
          aria-label={words.close}
          title={words.close}
          onClick={close}
        >
          <Icon name="close" size={24} />
        </button>
      </div>
    </Dialog>
  );
}

interface NeighbourProps {
  readonly to: string | null | undefined;
  readonly name: 'newer' | 'older';
  readonly go: (id: string | null | undefined) => void;
}

/** Stays rendered if there is no neighbour, so that the last post does not lose the focus. */
const Neighbour = ({ to, name, go: goTo }: NeighbourProps) => (
  <button
    type="button"
    class={`icon-button post-neighbour post-${name}`}
    aria-label={words.post[name]}
    title={words.post[name]}
    aria-disabled={!to}
    onClick={() => goTo(to)}
  >
    <Icon name={name === 'newer' ? 'left' : 'right'} size={28} />
  </button>
);

/** Keeps the last post until the next one is loaded, to avoid flicker. */
function useLastLoaded(post: Post | undefined): Post | undefined {
  const [last, setLast] = useState(post);
  if (post && post !== last) setLast(post);
  return post ?? last;
}
