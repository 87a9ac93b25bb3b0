export interface Measure {
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
}

export interface MeasuredFile {
  readonly id: string;
  readonly filePath: string;
  readonly fileHash: string;
  readonly mimeType: string | undefined;
}
