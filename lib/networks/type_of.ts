/** A value's type in words, for a message: callers without types may pass anything. */
export function typeOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
