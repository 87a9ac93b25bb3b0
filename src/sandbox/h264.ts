import { type Bits, createBits } from './bits.ts';
import type { Canvas } from './canvas.ts';

/** A cell of a video is two pixels wide and high: one sample of colour, four of light. */
export const VIDEO_CELL = 2;

const MACROBLOCK = 16;
const CELLS = MACROBLOCK / VIDEO_CELL;
const P_SLICE = 5;
const I_SLICE = 7;
const I_PCM = 25;
// In a P slice the intra types come after the five inter types.
const I_PCM_IN_P = 30;

export interface H264 {
  readonly sps: Uint8Array;
  readonly pps: Uint8Array;
  /** One access unit a frame, each a single NAL unit; the first is the only key frame. */
  readonly frames: readonly Uint8Array[];
}

/**
 * Constrained Baseline with raw macroblocks (I_PCM) only: the first frame is whole, each later one has the macroblocks
 * that changed and skips the rest. Big for what it shows, but exact, and every player takes it.
 */
export function h264(canvases: readonly Canvas[], size: { width: number; height: number }): H264 {
  const across = Math.ceil(size.width / MACROBLOCK);
  const down = Math.ceil(size.height / MACROBLOCK);
  const frames = canvases.map((canvas, index) => frame({ canvas, before: canvases[index - 1], index, across, down }));
  return { sps: sps(size, across, down), pps: pps(), frames };
}

function sps(size: { width: number; height: number }, across: number, down: number): Uint8Array {
  const bits = createBits();
  bits.put(66, 8); // profile_idc: Baseline
  bits.put(0b11000000, 8); // constraint_set0 and 1: Constrained
  bits.put(31, 8); // level 3.1: 720p
  bits.ue(0); // seq_parameter_set_id
  bits.ue(4); // frame_num has 8 bits
  bits.ue(2); // pic_order_cnt_type: shown as decoded
  bits.ue(1); // max_num_ref_frames
  bits.put(0, 1);
  bits.ue(across - 1);
  bits.ue(down - 1);
  bits.put(1, 1); // frame_mbs_only
  bits.put(1, 1); // direct_8x8_inference
  const right = (across * MACROBLOCK - size.width) / 2;
  const bottom = (down * MACROBLOCK - size.height) / 2;
  bits.put(right + bottom > 0 ? 1 : 0, 1);
  if (right + bottom > 0) for (const crop of [0, right, 0, bottom]) bits.ue(crop);
  bits.put(1, 1); // VUI follows
  bits.put(0b00, 2); // no aspect ratio, no overscan
  bits.put(1, 1); // video_signal_type:
  bits.put(5, 3); // unspecified format,
  bits.put(0, 1); // limited range,
  bits.put(1, 1);
  for (let i = 0; i < 3; i++) bits.put(6, 8); // BT.601 colours, as `samples` below computes them
  bits.put(0b00000, 5); // no chroma location, timing, HRDs, pic_struct
  bits.put(1, 1); // bitstream restrictions: no frame waits for another
  bits.put(1, 1);
  for (const value of [0, 0, 0, 0, 0, 1]) bits.ue(value);
  return nal(0x67, trailed(bits));
}

function pps(): Uint8Array {
  const bits = createBits();
  bits.ue(0);
  bits.ue(0);
  bits.put(0b00, 2); // CAVLC
  bits.ue(0); // one slice group
  bits.ue(0);
  bits.ue(0);
  bits.put(0b000, 3); // no weighted prediction
  bits.se(0);
  bits.se(0);
  bits.se(0);
  bits.put(1, 1); // deblocking can be switched off
  bits.put(0b00, 2);
  return nal(0x68, trailed(bits));
}

interface FrameInput {
  readonly canvas: Canvas;
  readonly before: Canvas | undefined;
  readonly index: number;
  readonly across: number;
  readonly down: number;
}

function frame({ canvas, before, index, across, down }: FrameInput): Uint8Array {
  const isKey = before === undefined;
  const bits = createBits(isKey ? across * down * 390 : 8_192);
  bits.ue(0); // first_mb
  bits.ue(isKey ? I_SLICE : P_SLICE);
  bits.ue(0);
  bits.put(index % 256, 8); // frame_num
  if (isKey) bits.ue(0); // idr_pic_id
  if (!isKey) bits.put(0b00, 2); // no override of reference count, no reordering
  bits.put(0, isKey ? 2 : 1); // dec_ref_pic_marking
  bits.se(0);
  bits.ue(1); // no deblocking
  let skipped = 0;
  for (let my = 0; my < down; my++) {
    const isStill = before !== undefined && lineOf(canvas, my).equals(lineOf(before, my));
    for (let mx = 0; mx < across; mx++) {
      if (isStill || (before && !differs(canvas, before, mx, my))) {
        skipped++;
        continue;
      }
      if (before) bits.ue(skipped);
      skipped = 0;
      bits.ue(isKey ? I_PCM : I_PCM_IN_P);
      bits.align();
      bits.bytes(samples(canvas, mx, my));
    }
  }
  if (skipped > 0) bits.ue(skipped);
  return nal(isKey ? 0x65 : 0x41, trailed(bits));
}

/** The bytes behind one line of macroblocks. */
const lineOf = ({ rgb, width }: Canvas, my: number) =>
  Buffer.from(rgb.buffer, rgb.byteOffset, rgb.length).subarray(my * CELLS * width * 3, (my + 1) * CELLS * width * 3);

function differs(a: Canvas, b: Canvas, mx: number, my: number): boolean {
  const left = mx * CELLS * 3;
  const right = Math.min(a.width, (mx + 1) * CELLS) * 3;
  const bottom = Math.min(a.height, (my + 1) * CELLS);
  const line = a.width * 3;
  for (let y = my * CELLS; y < bottom; y++)
    for (let at = y * line + left; at < y * line + right; at++) if (a.rgb[at] !== b.rgb[at]) return true;
  return false;
}

/** The 384 samples of a macroblock: 256 of light, 64 of each colour; beyond the canvas its last cell goes on. */
function samples({ rgb, width, height }: Canvas, mx: number, my: number): Uint8Array {
  const out = new Uint8Array(384);
  for (let cy = 0; cy < CELLS; cy++)
    for (let cx = 0; cx < CELLS; cx++) {
      const x = Math.min(width - 1, mx * CELLS + cx);
      const y = Math.min(height - 1, my * CELLS + cy);
      const at = (y * width + x) * 3;
      const r = rgb[at] ?? 0;
      const g = rgb[at + 1] ?? 0;
      const b = rgb[at + 2] ?? 0;
      const luma = Math.round(16 + 0.256788 * r + 0.504129 * g + 0.097906 * b);
      const corner = cy * VIDEO_CELL * MACROBLOCK + cx * VIDEO_CELL;
      out[corner] = out[corner + 1] = out[corner + MACROBLOCK] = out[corner + MACROBLOCK + 1] = luma;
      out[256 + cy * CELLS + cx] = Math.round(128 - 0.148223 * r - 0.290993 * g + 0.439216 * b);
      out[320 + cy * CELLS + cx] = Math.round(128 + 0.439216 * r - 0.367788 * g - 0.071427 * b);
    }
  return out;
}

function trailed(bits: Bits): Uint8Array {
  bits.put(1, 1);
  return bits.done();
}

/** A NAL unit: its header, and the payload with a 3 put between two zeros and anything up to 3. */
function nal(header: number, payload: Uint8Array): Uint8Array {
  const out = Buffer.alloc(1 + payload.length + Math.ceil(payload.length / 2));
  let at = 0;
  let zeroRun = 0;
  out[at++] = header;
  for (let i = 0; i < payload.length; i++) {
    const byte = payload[i] ?? 0;
    if (zeroRun >= 2 && byte <= 3) {
      out[at++] = 3;
      zeroRun = 0;
    }
    out[at++] = byte;
    zeroRun = byte === 0 ? zeroRun + 1 : 0;
  }
  return out.subarray(0, at);
}
