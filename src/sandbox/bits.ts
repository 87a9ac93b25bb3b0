export interface Bits {
  put(value: number, count: number): void;
  /** Exp-Golomb, unsigned and signed. */
  ue(value: number): void;
  se(value: number): void;
  /** Zero bits up to the next whole byte. */
  align(): void;
  /** Whole bytes; only where aligned. */
  bytes(bytes: Uint8Array): void;
  done(): Uint8Array;
}

/** Writes bits, the most significant first, as H.264 wants them. */
export function createBits(room = 256): Bits {
  let out = Buffer.alloc(room);
  let at = 0;
  let held = 0;
  let count = 0;
  const need = (size: number) => {
    if (at + size > out.length) out = Buffer.concat([out.subarray(0, at)], (at + size) * 2);
  };
  const bit = (value: number) => {
    held = (held << 1) | value;
    if (++count < 8) return;
    need(1);
    out[at++] = held;
    held = 0;
    count = 0;
  };
  const put = (value: number, size: number) => {
    for (let i = size - 1; i >= 0; i--) bit((value >>> i) & 1);
  };
  const ue = (value: number) => {
    const size = 32 - Math.clz32(value + 1);
    put(0, size - 1);
    put(value + 1, size);
  };
  const align = () => {
    while (count > 0) bit(0);
  };
  return {
    put,
    ue,
    se: (value) => ue(value > 0 ? value * 2 - 1 : -value * 2),
    align,
    bytes: (bytes) => {
      need(bytes.length);
      out.set(bytes, at);
      at += bytes.length;
    },
    done: () => {
      align();
      return out.subarray(0, at);
    },
  };
}
