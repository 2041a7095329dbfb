import "../instance/instance.css";
import type { InstanceFull } from "@lodge/api";
import { Button, PageSection, Spinner, Tab, Tabs, TabTitleText, Title } from "@patternfly/react-core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { MoreActions } from "../instance/copies/more-actions.tsx";
import { DeleteInstances } from "../instance/delete-instances.tsx";
import { Events } from "../instance/events.tsx";
import { Facts } from "../instance/facts.tsx";
import { Snapshots } from "../instance/snapshots/snapshots.tsx";
import { perform, verbs } from "../instance/verbs.ts";
import { Loaded, useTitle } from "../parts/page.tsx";
import { StateLabel, typeWords } from "../parts/state-label.tsx";
import { useActions } from "../server/actions.tsx";
import { fetched } from "../server/fetched.ts";
import { useInstance } from "../server/queries.ts";
import { useServer } from "../server/server.tsx";
import { type Right, useMay } from "../server/user.ts";

// Terminals and screens are as large as all the rest: they come when they are opened.
const Terminal = lazy(fetched(() => import("../instance/terminal.tsx")));
const Configuration = lazy(fetched(() => import("../instance/configuration/configuration.tsx")));
const Devices = lazy(fetched(() => import("../instance/devices/devices.tsx")));
const Logs = lazy(fetched(() => import("../instance/logs.tsx")));
const Files = lazy(fetched(() => import("../instance/files/files.tsx")));
const Screen = lazy(fetched(() => import("../instance/screen/screen.tsx")));

interface TabOf {
  readonly key: string;
  readonly title: string;
  readonly right?: Right;
  readonly only?: InstanceFull["type"];
  readonly content: (instance: InstanceFull) => ReactNode;
}

const tabs: readonly TabOf[] = [
  { key: "overview", title: "Overview", content: (instance) => <Facts instance={instance} /> },
  {
    ...{ key: "terminal", title: "Terminal", right: "operate" },
    content: (instance) => <Terminal instance={instance} kind="shell" />,
  },
  {
    ...{ key: "console", title: "Console", right: "operate" },
    content: (instance) => <Terminal instance={instance} kind="console" />,
  },
  {
    ...{ key: "screen", title: "Screen", right: "operate", only: "virtual-machine" },
    content: (instance) => <Screen instance={instance} />,
  },
  { key: "files", title: "Files", right: "operate", content: (instance) => <Files instance={instance} /> },
  { key: "snapshots", title: "Snapshots", content: (instance) => <Snapshots instance={instance} /> },
  { key: "configuration", title: "Configuration", content: (instance) => <Configuration instance={instance} /> },
  { key: "devices", title: "Devices", content: (instance) => <Devices instance={instance} /> },
  { key: "logs", title: "Logs", right: "operate", content: (instance) => <Logs instance={instance} /> },
  { key: "events", title: "Events", content: (instance) => <Events instance={instance} /> },
];

export function InstancePage() {
  const { name = "" } = useParams({ strict: false });
  useTitle(name);
  return (
    <PageSection isFilled className="lodge-page">
      <Loaded query={useInstance(name)} what={name}>
        {(instance) => <Detail key={instance.name} instance={instance} />}
      </Loaded>
    </PageSection>
  );
}

function Detail({ instance }: { readonly instance: InstanceFull }) {
  const { tab = "overview" } = useParams({ strict: false });
  const navigate = useNavigate();
  const may = useMay();
  const { name } = instance;
  const shown = tabs.filter(({ right, only }) => (!right || may(right)) && (!only || only === instance.type));
  const open = shown.find(({ key }) => key === tab) ?? shown[0];
  return (
    <>
      <nav aria-label="Where you are">
        <Link to="/instances">Instances</Link> / {name}
      </nav>
      <div className="lodge-heading">
        <div className="lodge-heading-name">
          <Title headingLevel="h1" size="2xl">
            {name}
          </Title>
          <StateLabel status={instance.status} />
          <span className="lodge-hint">
            {typeWords[instance.type]}
            {instance.stateful &&
              instance.status === "Stopped" &&
              ", suspended: it goes on where it was when it is started"}
          </span>
        </div>
        <div className="lodge-actions">{may("operate") && <StateButtons instance={instance} />}</div>
      </div>
      <Tabs
        activeKey={open?.key ?? ""}
        aria-label={`About ${name}`}
        onSelect={(_event, key) =>
          void navigate({ to: "/instances/$name/{-$tab}", params: { name, tab: String(key) } })
        }
      >
        {shown.map(({ key, title }) => (
          <Tab key={key} eventKey={key} title={<TabTitleText>{title}</TabTitleText>} tabContentId={`tab-${key}`} />
        ))}
      </Tabs>
      <div id={`tab-${open?.key}`} role="tabpanel" aria-label={open?.title} className="lodge-tab">
        <Suspense fallback={<Spinner className="lodge-waiting" aria-label="Loading" />}>
          {open?.content(instance)}
        </Suspense>
      </div>
    </>
  );
}

function StateButtons({ instance }: { readonly instance: InstanceFull }) {
  const server = useServer();
  const actions = useActions();
  const navigate = useNavigate();
  const may = useMay();
  const [deleting, setDeleting] = useState(false);
  const { name, status } = instance;
  return (
    <>
      {verbs
        .filter(({ when }) => when.includes(status))
        .map((verb) => (
          <Button
            key={verb.title}
            variant={verb.action === "start" ? "primary" : "secondary"}
            onClick={() => perform(verb, [name], server, actions)}
          >
            {verb.title}
          </Button>
        ))}
      {may("manage") && <MoreActions instance={instance} />}
      {may("manage") && (
        <Button variant="danger" onClick={() => setDeleting(true)}>
          Delete
        </Button>
      )}
      {deleting && (
        <DeleteInstances
          instances={[instance]}
          onClose={() => setDeleting(false)}
          onBegun={() => void navigate({ to: "/instances" })}
        />
      )}
    </>
  );
}
