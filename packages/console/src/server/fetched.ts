/** Milliseconds between looks for a daemon that is away. */
const pause = 1000;

/**
 * For parts of the program that are fetched when they are first needed, `lazy(fetched(() => import("./terminal.tsx")))`: while the daemon is
 * away the page stays as it is, and goes on once it is back. Rejects when the daemon is there and has no such part, because it is another by now.
 */
export function fetched<T>(load: () => Promise<T>, until: () => Promise<void> = daemonAnswers): () => Promise<T> {
  return async () => {
    try {
      return await load();
    } catch {
      await until();
      return load();
    }
  };
}

async function daemonAnswers(): Promise<void> {
  while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, pause));
  const links = [...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")];
  await Promise.all(links.filter((link) => !hasStyles(link)).map(askAgain));
}

/** What could not be fetched has styles that cannot be read. */
function hasStyles({ sheet }: HTMLLinkElement): boolean {
  try {
    return sheet?.cssRules !== undefined;
  } catch {
    return false;
  }
}

/** The styles of a part are asked for once, by Vite. */
function askAgain(link: HTMLLinkElement): Promise<unknown> {
  const again = link.cloneNode() as HTMLLinkElement;
  const settled = new Promise((resolve) => {
    for (const event of ["load", "error"]) again.addEventListener(event, resolve, { once: true });
  });
  link.replaceWith(again);
  return settled;
}

const answers = (): Promise<boolean> =>
  fetch("/ui/", { method: "HEAD", cache: "no-store" }).then(
    () => true,
    () => false,
  );
