/** What the tables of keys use of `node:net`, for browsers: they tell whether something is an address. */
const four = /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/;

export const isIPv4 = (text: string): boolean => four.test(text);

/** A browser's own reading of addresses in URLs. */
export function isIPv6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && text.includes(":") && URL.canParse(`http://[${text}]/`);
}

export const isIP = (text: string): 0 | 4 | 6 => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0);
