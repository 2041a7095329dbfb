export type Theme = "light" | "dark" | "system";

const name = "lodge-console.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export function chosenTheme(): Theme {
  const chosen = localStorage.getItem(name);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function isDark(theme = chosenTheme()): boolean {
  return theme === "system" ? dark.matches : theme === "dark";
}

/** From now on, and as the system changes its mind. */
export function applyTheme(): void {
  const apply = () => document.documentElement.classList.toggle("pf-v6-theme-dark", isDark());
  apply();
  dark.addEventListener("change", apply);
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(name, theme);
  document.documentElement.classList.toggle("pf-v6-theme-dark", isDark(theme));
}

/** Calls whenever colours have changed, for what is not drawn by CSS; the returned function ends that. */
export function onTheme(heed: () => void): () => void {
  const classes = new MutationObserver(heed);
  classes.observe(document.documentElement, { attributeFilter: ["class"] });
  return () => classes.disconnect();
}
