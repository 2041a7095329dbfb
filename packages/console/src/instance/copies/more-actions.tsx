import type { InstanceFull } from "@lodge/api";
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { AskText } from "../../parts/ask-text.tsx";
import { useActions } from "../../server/actions.tsx";
import { useServer } from "../../server/server.tsx";
import { CopyInstance } from "./copy-instance.tsx";
import { ForkInstance } from "./fork-instance.tsx";
import { instanceNameProblem } from "./instance-name.ts";
import { PublishImage } from "./publish-image.tsx";

type Verb = "Fork" | "Copy" | "Rename" | "Publish" | "Suspend";

interface Offer {
  readonly verb: Verb;
  readonly title: string;
  readonly description: string;
  readonly offered: (instance: InstanceFull) => boolean;
}

const runs = ({ status }: InstanceFull): boolean => status === "Running";

const offers: readonly Offer[] = [
  { verb: "Fork", title: "Fork…", description: "More that go on where it is", offered: runs },
  { verb: "Copy", title: "Copy…", description: "A new one with its files", offered: () => true },
  {
    ...{ verb: "Suspend", title: "Suspend", description: "Stop it, and go on there at the next start" },
    offered: (instance) => runs(instance) && instance.type === "virtual-machine",
  },
  { verb: "Publish", title: "Publish as an image…", description: "To make others of it", offered: () => true },
  {
    verb: "Rename",
    title: "Rename…",
    description: "While it is stopped",
    offered: (instance) => instance.status === "Stopped",
  },
];

/** What one does less often than start and stop. */
export function MoreActions({ instance }: { readonly instance: InstanceFull }) {
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState<Verb>();
  const { client } = useServer();
  const { run } = useActions();
  const navigate = useNavigate();
  const { name } = instance;
  const choose = (verb: Verb) => {
    setOpen(false);
    if (verb === "Suspend")
      void run(`Suspend ${name}`, () => client.instances.setState(name, "stop", { stateful: true }));
    else setAsked(verb);
  };
  const rename = async (to: string) => {
    if (await run(`Rename ${name} to ${to}`, () => client.instances.rename(name, to)))
      await navigate({ to: "/instances/$name/{-$tab}", params: { name: to, tab: undefined } });
  };
  const onClose = () => setAsked(undefined);
  return (
    <>
      <Dropdown
        isOpen={open}
        onOpenChange={setOpen}
        popperProps={{ position: "right" }}
        toggle={(toggle) => (
          <MenuToggle ref={toggle} isExpanded={open} onClick={() => setOpen(!open)}>
            More
          </MenuToggle>
        )}
      >
        <DropdownList>
          {offers
            .filter(({ offered }) => offered(instance))
            .map(({ verb, title, description }) => (
              <DropdownItem key={verb} description={description} onClick={() => choose(verb)}>
                {title}
              </DropdownItem>
            ))}
        </DropdownList>
      </Dropdown>
      {asked === "Fork" && <ForkInstance {...{ instance, onClose }} />}
      {asked === "Copy" && <CopyInstance {...{ instance, onClose }} />}
      {asked === "Publish" && <PublishImage {...{ instance, onClose }} />}
      {asked === "Rename" && (
        <AskText
          title={`Rename ${name}`}
          label="New name"
          verb="Rename"
          initial={name}
          problem={instanceNameProblem}
          onClose={onClose}
          onAnswer={(to) => void rename(to)}
        />
      )}
    </>
  );
}
