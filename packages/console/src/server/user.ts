import type { ConsoleUser } from "@lodge/api";
import { useQuery } from "@tanstack/react-query";
import { useServer } from "./server.tsx";

export type Right = "operate" | "manage" | "administer";

const order = ["viewer", "operator", "manager", "admin"] as const;
const needed = { operate: "operator", manage: "manager", administer: "admin" } as const;

type RoleOf = { readonly role?: ConsoleUser["role"]; readonly projects?: readonly string[] | undefined };

/** What somebody with a role may do in a project: the daemon decides; this is for not offering what it would refuse. */
export function mayDo({ role, projects }: RoleOf, right: Right, project: string): boolean {
  if (!role || (projects && !projects.includes(project))) return false;
  return order.indexOf(role) >= order.indexOf(needed[right]);
}

export function useUser(): ConsoleUser {
  const { client } = useServer();
  return useQuery({ queryKey: ["user"], queryFn: () => client.console.user() }).data ?? {};
}

export function useMay(): (right: Right) => boolean {
  const user = useUser();
  const { project } = useServer();
  return (right) => mayDo(user, right, project);
}
