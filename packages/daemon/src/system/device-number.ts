/** Of `stat`: as glibc takes a device number apart. */
export function splitNumber(device: number): { readonly major: number; readonly minor: number } {
  const number = BigInt(device);
  return {
    major: Number(((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xffff_f000n)),
    minor: Number((number & 0xffn) | ((number >> 12n) & 0xffff_ff00n)),
  };
}
