import { useEffect, useRef, useState } from 'preact/hooks';
import type { Post, PostItem } from '../../contract/posts.ts';
import { type ApiError, apiPath, downloadProblem } from '../api.ts';
import { Icon, KIND_ICONS } from '../icons.tsx';
import { refreshSignal } from '../live.ts';
import { useStore } from '../store.ts';
import { formats, words } from '../words/words.ts';
import { filePath, MissingFile } from './missing-file.tsx';

interface Props {
  readonly post: Post;
  readonly position: number;
  readonly setPosition: (position: number) => void;
}

/** More dots than this do not fit on a phone. */
const DOTS_AT_MOST = 8;

/** With these events the user takes over from a scroll that a button started. */
const USER_EVENTS = ['pointerdown', 'wheel'] as const;

/** The photos and videos of a post, one visible at a time: moved by swiping, buttons, dots and keys. */
export function Stage({ post, position, setPosition }: Props) {
  const { items } = post;
  const strip = useRef<HTMLUListElement>(null);
  const target = useRef(0);
  const isScrolling = useRef(false);
  useEffect(() => {
    const element = strip.current;
    if (!element || target.current === position) return;
    target.current = position;
    isScrolling.current = true;
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    element.scrollTo({ left: position * element.clientWidth, behavior: isCalm ? 'auto' : 'smooth' });
  }, [position]);
  useEffect(() => {
    const element = strip.current;
    if (!element) return undefined;
    const swiped = () => {
      const next = Math.round(element.scrollLeft / element.clientWidth);
      const isThere = Math.abs(element.scrollLeft - next * element.clientWidth) < 2;
      if (isThere && next === target.current) isScrolling.current = false;
      // Ignores the items that a scroll started by a button passes.
      if (!isThere || isScrolling.current || next === target.current) return;
      target.current = next;
      setPosition(next);
    };
    const takenOver = () => {
      isScrolling.current = false;
    };
    const resized = new ResizeObserver(() => element.scrollTo({ left: target.current * element.clientWidth }));
    resized.observe(element);
    element.addEventListener('scroll', swiped, { passive: true });
    for (const name of USER_EVENTS) element.addEventListener(name, takenOver, { passive: true });
    return () => {
      resized.disconnect();
      element.removeEventListener('scroll', swiped);
      for (const name of USER_EVENTS) element.removeEventListener(name, takenOver);
    };
  }, []);

  const isAlbum = items.length > 1;
  const of = formats.number(items.length);
  return (
    <section
      class="stage"
      aria-roledescription={isAlbum ? words.post.album : undefined}
      aria-label={isAlbum ? words.post.position(formats.number(position + 1), of) : words.kinds[post.kind]}
    >
      <ul class="strip" ref={strip} tabIndex={isAlbum ? 0 : undefined}>
        {items.map((item, at) => (
          <li key={item.id} class="slide" inert={at !== position} aria-hidden={at !== position}>
            {Math.abs(at - position) <= 1 && <Item item={item} post={post} isShown={at === position} />}
          </li>
        ))}
      </ul>
      {isAlbum && (
        <div class="album-steps">
          <button
            type="button"
            class="icon-button"
            aria-label={words.post.previousItem}
            aria-disabled={position === 0}
            onClick={() => position > 0 && setPosition(position - 1)}
          >
            <Icon name="left" />
          </button>
          <ol class="dots" data-many={items.length > DOTS_AT_MOST ? '' : undefined}>
            {items.map((item, at) => (
              <li key={item.id}>
                <button
                  type="button"
                  class="dot-button"
                  aria-label={words.post.goTo(formats.number(at + 1))}
                  aria-current={at === position ? 'true' : undefined}
                  onClick={() => setPosition(at)}
                />
              </li>
            ))}
          </ol>
          <span class="album-count" role="status">
            {words.post.position(formats.number(position + 1), of)}
          </span>
          <button
            type="button"
            class="icon-button"
            aria-label={words.post.nextItem}
            aria-disabled={position === items.length - 1}
            onClick={() => position < items.length - 1 && setPosition(position + 1)}
          >
            <Icon name="right" />
          </button>
        </div>
      )}
    </section>
  );
}

function Item({ item, post, isShown }: { item: PostItem; post: Post; isShown: boolean }) {
  const { media } = item;
  // For a file that the browser cannot show, such as HEIC, shows the server's thumbnail.
  const [tries, setTries] = useState(0);
  const [problem, setProblem] = useState<ApiError>();
  const refreshes = useStore(refreshSignal);
  const restart = () => {
    setProblem(undefined);
    setTries(0);
  };
  // Retries only failed items.
  useEffect(() => {
    if (problem) restart();
  }, [refreshes]);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!isShown) video.current?.pause();
  }, [isShown]);
  if (!media) return <NotInLibrary item={item} post={post} />;

  const version = `v=${encodeURIComponent(media.version)}`;
  const file = apiPath(filePath(media));
  const small = apiPath(`/media/${media.id}/thumbnail?size=view&${version}`);
  const { width, height } = media;
  const alt = item.altText ?? post.text;
  const sizes = width && height ? { width, height, style: { '--ratio': width / height, '--width': `${width}px` } } : {};
  const isVideo = media.mimeType?.startsWith('video/') ?? (item.kind === 'video' && !media.isPoster);
  const failed = async () => {
    // A file that the server does not send is another problem than one that the browser cannot show.
    const reason = await downloadProblem(filePath(media));
    if (reason) setProblem(reason);
    else setTries(isVideo ? 2 : tries + 1);
  };
  if (problem) return <MissingFile problem={problem} post={post} retry={restart} />;
  if (tries > 1) {
    return (
      <div class="lacking">
        <Icon name="warning" size={40} />
        <p>{words.post.notShown}</p>
      </div>
    );
  }
  if (isVideo) {
    return (
      <video
        ref={video}
        key={media.version}
        src={file}
        poster={small}
        controls
        playsInline
        preload="metadata"
        loop={post.kind === 'reel'}
        aria-label={alt || words.kinds.video}
        {...sizes}
        onError={() => void failed()}
      />
    );
  }
  return (
    <>
      <img
        class="picture"
        src={tries === 0 ? file : small}
        alt={alt}
        {...sizes}
        decoding="async"
        onError={() => void failed()}
      />
      {media.isPoster && <p class="poster-note">{words.post.isPoster}</p>}
    </>
  );
}

const NotInLibrary = ({ item, post }: { item: PostItem; post: Post }) => (
  <div class="lacking">
    <Icon name={item.kind === 'video' ? 'video' : KIND_ICONS[post.kind]} size={48} />
    <p>
      <strong>{words.post.missing}</strong>
    </p>
    <p>{item.failure?.reason ?? (item.kind === 'unsupported' ? words.post.unsupported : words.post.missingNever)}</p>
  </div>
);
