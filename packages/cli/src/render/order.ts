/** Orders by a text, by its code units: a language's own order would load its rules first, which takes 15 ms. */
export function byText<T>(text: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => {
    const [first, second] = [text(a), text(b)];
    return first < second ? -1 : first > second ? 1 : 0;
  };
}
