/** Names of image files. Some types cannot be read: such files are listed too, so that they are reported as left out. */
export const imageName = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif|heic)$/i;

/** The types that can be read, for messages. */
export const readableImage = "a JPEG, PNG, WebP or GIF image";

/** How files begin; a dot stands for any byte. */
const signatures = {
  JPEG: /^\xff\xd8\xff/,
  PNG: /^\x89PNG/,
  WebP: /^RIFF....WEBP/s,
  GIF: /^GIF8/,
  BMP: /^BM/,
  TIFF: /^(II\*\0|MM\0\*)/,
  AVIF: /^....ftypavif/s,
  HEIC: /^....ftyphei/s,
};

/** A type of image files. */
export type ImageType = keyof typeof signatures;

/** A file's type, by its first bytes, whatever its name; undefined if it is none of these. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const beginning = String.fromCharCode(...bytes.subarray(0, 12));
  const types = Object.keys(signatures) as ImageType[];
  return types.find((type) => signatures[type].test(beginning));
}

/** Whether images of a type can be read. */
export function isReadable(type: ImageType): boolean {
  return ["JPEG", "PNG", "WebP", "GIF"].includes(type);
}
