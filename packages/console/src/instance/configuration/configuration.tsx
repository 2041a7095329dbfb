import type { InstanceFull } from "@lodge/api";
import { ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { useState } from "react";
import { Loaded } from "../../parts/page.tsx";
import { ConfigurationForm } from "./configuration-form.tsx";
import { ConfigurationYaml } from "./configuration-yaml.tsx";
import { useEditable } from "./use-editable.ts";

/** What the instance is to be: as a form, or as the text that `lodge config edit` shows. */
export default function Configuration({ instance }: { readonly instance: InstanceFull }) {
  const [view, setView] = useState<"form" | "yaml">("form");
  const { name, config, devices, profiles, description } = instance;
  const query = useEditable(name, [config, devices, profiles, description]);
  return (
    <>
      <ToggleGroup aria-label="View" isCompact>
        <ToggleGroupItem text="Form" buttonId="form" isSelected={view === "form"} onChange={() => setView("form")} />
        <ToggleGroupItem text="YAML" buttonId="yaml" isSelected={view === "yaml"} onChange={() => setView("yaml")} />
      </ToggleGroup>
      <Loaded query={query} what="The configuration">
        {(editable) =>
          view === "form" ? (
            <ConfigurationForm {...{ instance, editable }} />
          ) : (
            <ConfigurationYaml name={name} editable={editable} />
          )
        }
      </Loaded>
    </>
  );
}
