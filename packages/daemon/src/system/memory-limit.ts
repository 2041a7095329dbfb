/** As v1 writes that there is none: about 2^63, less what a page's size takes away. */
const none = 2 ** 62;

/** A limit of memory as v1 and v2 write it; v2 says `max` for none. */
export function parseMemoryLimit(text: string | undefined): { readonly memoryLimit?: number } {
  const bytes = Number(text ?? "max");
  return bytes < none ? { memoryLimit: bytes } : {};
}
