import type { CertificatePut } from "@lodge/api";
import { Checkbox } from "@patternfly/react-core";
import { ChoiceField } from "../parts/fields.tsx";
import { useProjects } from "../server/queries.ts";

export interface Rights {
  /** `admin`: everything, everywhere. */
  readonly role: "admin" | "viewer" | "operator" | "manager";
  readonly projects: readonly string[];
}

export const rightsOf = ({
  restricted,
  role,
  projects,
}: Pick<CertificatePut, "restricted" | "role" | "projects">): Rights => ({
  role: restricted ? (role ?? "manager") : "admin",
  projects: projects ?? [],
});

export const putOf = ({ role, projects }: Rights): CertificatePut =>
  role === "admin" ? { restricted: false, projects: [] } : { restricted: true, role, projects: [...projects] };

/** Whether somebody with them could do anything. */
export const areRights = ({ role, projects }: Rights): boolean => role === "admin" || projects.length > 0;

interface RoleFieldsProps {
  readonly rights: Rights;
  readonly onChange: (rights: Rights) => void;
}

export function RoleFields({ rights, onChange }: RoleFieldsProps) {
  const names = (useProjects().data ?? []).map(({ name }) => name);
  const toggle = (name: string, isChosen: boolean) =>
    onChange({
      ...rights,
      projects: isChosen ? [...rights.projects, name] : rights.projects.filter((each) => each !== name),
    });
  return (
    <>
      <ChoiceField
        label="May"
        value={rights.role}
        options={[
          ["viewer", "look (viewer)"],
          ["operator", "start, stop, open terminals, take snapshots (operator)"],
          ["manager", "and create, change and delete (manager)"],
          ["admin", "do everything, everywhere (administrator)"],
        ]}
        onChange={(role) => onChange({ ...rights, role: role as Rights["role"] })}
      />
      {rights.role !== "admin" && (
        <fieldset className="lodge-ticks">
          <legend>In projects</legend>
          {names.map((name) => (
            <Checkbox
              key={name}
              id={`in-${name}`}
              label={name}
              isChecked={rights.projects.includes(name)}
              onChange={(_event, isChosen) => toggle(name, isChosen)}
            />
          ))}
        </fieldset>
      )}
    </>
  );
}
