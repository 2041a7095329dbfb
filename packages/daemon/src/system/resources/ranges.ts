/** Numbers of a list of the kernel's: `0-2,8`. */
export function parseRanges(text: string): number[] {
  return text
    .split(",")
    .filter((part) => /^\d+(-\d+)?$/.test(part))
    .flatMap((part) => {
      const [first = 0, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, place) => first + place);
    });
}
