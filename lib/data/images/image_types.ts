/** Names of files that are taken for images. Of some types none can be read: such files are left out by name, not unseen. */
export const imageName = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif|heic)$/i;

/** What is read, for messages. */
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

/** What a file is, by its first bytes, whatever its name; undefined if it is none of these. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const beginning = String.fromCharCode(...bytes.subarray(0, 12));
  const types = Object.keys(signatures) as ImageType[];
  return types.find((type) => signatures[type].test(beginning));
}

/** Whether images of a type can be read. */
export function isReadable(type: ImageType): boolean {
  return ["JPEG", "PNG", "WebP", "GIF"].includes(type);
}
