import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { PostItem } from '../../contract/posts.ts';
import { type ApiError, apiPath } from '../api.ts';
import { Copy } from '../copy.tsx';
import { Icon } from '../icons.tsx';
import { hrefOf } from '../navigation.ts';
import { formats, words } from '../words/words.ts';
import { filePath, saveFile } from './missing-file.tsx';

const Fact = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div class="fact">
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** The details of one file, or why it is missing. */
export function FileDetails({ item, isOnly }: { item: PostItem; isOnly: boolean }) {
  const { media, failure, run, altText } = item;
  const [problem, setProblem] = useState<ApiError>();
  const href = media ? apiPath(`${filePath(media)}&download=1`) : '';
  return (
    <li class="file">
      <div class="file-head">
        <h4>{media?.fileName ?? words.post.file(formats.number(item.position))}</h4>
        {media && (
          <a
            class="icon-button"
            href={href}
            download={media.fileName}
            aria-label={isOnly ? words.post.downloadFile : `${words.post.downloadFile}: ${media.fileName}`}
            title={words.post.downloadFile}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              setProblem(undefined);
              void saveFile(media, href).then(setProblem);
            }}
          >
            <Icon name="download" size={18} />
          </a>
        )}
      </div>
      {problem && (
        <p class="warning-text" role="alert">
          {problem.message}
          {problem.hint ? `. ${problem.hint}` : ''}
        </p>
      )}
      {media?.fileState && (
        <p class="warning-text">
          <Icon name="missing" size={16} /> {words.post.fileStates[media.fileState]}
        </p>
      )}
      {media?.isPoster && <p class="warning-text">{words.post.isPoster}</p>}
      {!media && (
        <p class="warning-text">
          <Icon name="missing" size={16} /> {words.post.missing}
          {': '}
          {failure?.reason ?? (item.kind === 'unsupported' ? words.post.unsupported : words.post.missingNever)}
        </p>
      )}
      <dl class="facts">
        {media && <MediaFacts media={media} />}
        {failure && (
          <Fact name={words.post.failed(formats.number(failure.times), failure.times)}>
            {media ? failure.reason : ''}
            {failure.at && <time dateTime={failure.at}> {formats.shortMoment(failure.at)}</time>}
          </Fact>
        )}
        {(media?.backfilledAt || run) && (
          <Fact name={words.post.added}>
            {media?.backfilledAt && (
              <time dateTime={media.backfilledAt} title={formats.utc(media.backfilledAt)}>
                {formats.shortMoment(media.backfilledAt)}
              </time>
            )}
            {run && (
              <>
                {' '}
                <a href={hrefOf({ page: 'run', id: run.id })}>
                  {words.post.addedBy(formats.shortMoment(run.startedAt))}
                </a>
              </>
            )}
          </Fact>
        )}
        {altText && <Fact name={words.post.altText}>{altText}</Fact>}
      </dl>
    </li>
  );
}

const MediaFacts = ({ media }: { media: NonNullable<PostItem['media']> }) => (
  <>
    <Fact name={words.post.size}>
      <span title={formats.number(media.fileSize)}>{formats.bytes(media.fileSize)}</span>
    </Fact>
    <Fact name={words.post.type}>{media.mimeType ?? words.unknown}</Fact>
    {media.width !== null && media.height !== null && (
      <Fact name={words.post.pixels}>{`${formats.number(media.width)} × ${formats.number(media.height)}`}</Fact>
    )}
    {media.duration !== null && <Fact name={words.post.length}>{formats.length(media.duration)}</Fact>}
    <Fact name={words.post.path}>
      <span class="path">{media.filePath}</span>
    </Fact>
    <Fact name={words.post.hash}>
      <span class="hash">
        <code>{media.sha256}</code>
        <Copy text={media.sha256} label={words.post.copyHash} />
      </span>
    </Fact>
  </>
);
