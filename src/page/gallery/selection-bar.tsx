import { useState } from 'preact/hooks';
import type { Download, DownloadRequest } from '../../contract/downloads.ts';
import { MAX_DOWNLOAD_POSTS } from '../../contract/values.ts';
import { type ApiError, apiPath, post, problemOf } from '../api.ts';
import { Icon } from '../icons.tsx';
import { useStore } from '../store.ts';
import { formats, words } from '../words/words.ts';
import { clearSelection, isSelecting, selected } from './selection.ts';

/** Prepares a ZIP of posts and starts its download. @throws {ApiError} */
export async function downloadPosts(posts: readonly string[]): Promise<Download> {
  const request: DownloadRequest = { posts: [...posts] };
  const download = await post<Download>('/downloads', request);
  location.assign(apiPath(`/downloads/${encodeURIComponent(download.id)}`));
  return download;
}

export function SelectionBar() {
  const chosen = useStore(selected);
  const selecting = useStore(isSelecting);
  const [isPreparing, setPreparing] = useState(false);
  const [message, setMessage] = useState('');
  if (!selecting) return null;
  const isTooMany = chosen.size > MAX_DOWNLOAD_POSTS;

  async function download(): Promise<void> {
    setPreparing(true);
    setMessage(words.select.preparing);
    try {
      const { files, bytes } = await downloadPosts([...chosen]);
      setMessage(words.select.started(formats.number(files), formats.bytes(bytes)));
    } catch (error) {
      setMessage(textOf(problemOf(error)));
    } finally {
      setPreparing(false);
    }
  }

  const note = isTooMany
    ? words.select.tooMany(formats.number(MAX_DOWNLOAD_POSTS))
    : message || (chosen.size === 0 ? words.select.hint : '');
  return (
    <section class="bottom selection-bar" aria-label={words.select.bar}>
      <button
        type="button"
        class="icon-button"
        aria-label={words.select.clear}
        title={words.select.clear}
        onClick={clearSelection}
      >
        <Icon name="close" />
      </button>
      <div class="selection-text" role="status">
        <strong>{words.select.count(formats.number(chosen.size), chosen.size)}</strong>
        {note && <span class="quiet">{note}</span>}
      </div>
      <button
        type="button"
        class="button button-main"
        disabled={chosen.size === 0 || isTooMany || isPreparing}
        onClick={() => void download()}
      >
        <Icon name="download" size={18} />
        {words.select.download}
      </button>
    </section>
  );
}

const textOf = ({ message, hint }: ApiError) => (hint ? `${message}. ${hint}` : message);
