/** Where a file is: a file store, and the file's key in it. Does not change when the media folder is moved. */
export interface Place {
  /** `media` is the media folder; `file:/a/folder` is a folder of this machine outside of it. */
  readonly store: string;
  readonly key: string;
}
