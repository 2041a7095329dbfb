import { createContext, useContext } from "react";

const name = "lodge-console.project";

export const chosenProject = (): string => localStorage.getItem(name) ?? "default";

export const ProjectChoice = createContext<(project: string) => void>(() => undefined);

/** Has all pages show another project. */
export function useChooseProject(): (project: string) => void {
  const set = useContext(ProjectChoice);
  return (project) => {
    localStorage.setItem(name, project);
    set(project);
  };
}
