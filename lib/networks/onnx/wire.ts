/** One field of a Protocol Buffers message in the file. */
export interface Field {
  /** Its number. */
  readonly number: number;
  /** All its bytes, tag and length included. */
  readonly bytes: Uint8Array;
  /** The contents of a field with a length (text, bytes, a message); empty for numbers. */
  readonly content: Uint8Array;
}

/**
 * The fields of a message, in the file's order. Writing them again keeps every byte, also of fields that a newer version of the
 * format has added.
 *
 * @throws {RangeError} when the message is truncated or malformed.
 */
export function fieldsOf(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; shift <= 2 ** 63; shift *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError(`a field ends after byte ${message.length}`);
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
    throw new RangeError(`no number at byte ${at}`);
  };
  while (at < message.length) {
    const start = at;
    const tag = varint();
    const kind = tag % 8;
    const length = kind === 2 ? varint() : kind === 5 ? 4 : kind === 1 ? 8 : 0;
    if (kind === 0) varint();
    else if (kind === 3 || kind === 4 || kind > 5) {
      throw new RangeError(`no field at byte ${start}`);
    }
    if (at + length > message.length) {
      throw new RangeError(`a field of ${length} bytes at byte ${start} of ${message.length}`);
    }
    const content = message.subarray(at, at + (kind === 2 ? length : 0));
    at += length;
    fields.push({ number: Math.floor(tag / 8), bytes: message.subarray(start, at), content });
  }
  return fields;
}

/** A field with a length. */
export function fieldOf(number: number, content: Uint8Array): Uint8Array {
  return joined([varintOf(number * 8 + 2), varintOf(content.length), content]);
}

/** Bytes, one after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function varintOf(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return Uint8Array.from([...bytes, value]);
}
