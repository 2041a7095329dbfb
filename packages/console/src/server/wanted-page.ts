const name = "lodge-console.wanted";

/** The page that somebody asked for who was not signed in. */
export const wantedPage = {
  keep: (): void => sessionStorage.setItem(name, location.pathname + location.search),
  /** Once. */
  take: (): string | undefined => {
    const page = sessionStorage.getItem(name) ?? undefined;
    sessionStorage.removeItem(name);
    return page;
  },
};
