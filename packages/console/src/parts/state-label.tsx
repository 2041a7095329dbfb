import { Label } from "@patternfly/react-core";

const colours = { Running: "green", Stopped: "grey", Frozen: "blue", Error: "red" } as const;

/** An instance's state: a colour, and a word for those who do not see it. */
export function StateLabel({ status }: { readonly status: string }) {
  return (
    <Label isCompact color={status in colours ? colours[status as keyof typeof colours] : "grey"}>
      {status}
    </Label>
  );
}

export const typeWords = { container: "Container", "virtual-machine": "VM" } as const;
