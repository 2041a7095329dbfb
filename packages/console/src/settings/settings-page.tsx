import { Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { useNavigate, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { Nothing, PlainPage } from "../parts/page.tsx";
import { useMay } from "../server/user.ts";
import { Certificates } from "./certificates.tsx";
import { ServerSettings } from "./server-settings.tsx";
import { Tokens } from "./tokens.tsx";
import { WarningList } from "./warning-list.tsx";

const tabs: readonly { readonly key: string; readonly title: string; readonly content: ComponentType }[] = [
  { key: "server", title: "Server", content: ServerSettings },
  { key: "certificates", title: "Who is trusted", content: Certificates },
  { key: "tokens", title: "Tokens", content: Tokens },
  { key: "warnings", title: "Warnings", content: WarningList },
];

export function SettingsPage() {
  const { tab } = useParams({ strict: false });
  const navigate = useNavigate();
  const may = useMay();
  const open = tabs.find(({ key }) => key === tab) ?? tabs[0];
  if (!may("administer")) {
    return (
      <PlainPage title="Settings">
        <Nothing title="Settings are the administrator's">Your role does not change the server.</Nothing>
      </PlainPage>
    );
  }
  return (
    <PlainPage title="Settings">
      <Tabs
        activeKey={open?.key ?? ""}
        aria-label="Settings"
        onSelect={(_event, key) => void navigate({ to: "/settings/{-$tab}", params: { tab: String(key) } })}
      >
        {tabs.map(({ key, title }) => (
          <Tab key={key} eventKey={key} title={<TabTitleText>{title}</TabTitleText>} tabContentId={`tab-${key}`} />
        ))}
      </Tabs>
      <div id={`tab-${open?.key}`} role="tabpanel" aria-label={open?.title} className="lodge-fields">
        {open && <open.content />}
      </div>
    </PlainPage>
  );
}
