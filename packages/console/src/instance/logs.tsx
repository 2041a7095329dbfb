import type { InstanceFull } from "@lodge/api";
import { logsOf, PageLogs } from "@lodge/sdk/browser";
import { Button, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { Loaded, Nothing } from "../parts/page.tsx";
import { saveBlob } from "../parts/save-blob.ts";
import { useActions } from "../server/actions.tsx";
import { useServer } from "../server/server.tsx";
import { useMay } from "../server/user.ts";

/** Control sequences of terminals: colours, moves of the cursor, titles. */
const control =
  /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]/g;

/** What its console printed, also in the last run, and what the program says that runs it; at the end, what comes comes into sight. */
export default function Logs({ instance: { name, type, status } }: { readonly instance: InstanceFull }) {
  const { transport, project } = useServer();
  const { run } = useActions();
  const may = useMay();
  const logs = useMemo(
    () => new PageLogs(transport, name, project === "default" ? undefined : project),
    [transport, name, project],
  );
  const files = logsOf(type);
  const [file, setFile] = useState<string>(files[0].file);
  const query = useQuery({
    queryKey: ["logs", project, name, file],
    queryFn: () => logs.read(file),
    staleTime: 0,
    gcTime: 0,
    refetchInterval: status === "Running" && 3000,
  });
  const clear = async () => {
    await run(`Clear ${file} of ${name}`, () => logs.clear(file));
    await query.refetch();
  };
  return (
    <>
      <div className="lodge-toolbar lodge-files-toolbar">
        <ToggleGroup aria-label="Log" isCompact>
          {files.map((each) => (
            <ToggleGroupItem
              key={each.file}
              text={each.title}
              buttonId={each.file}
              isSelected={each.file === file}
              onChange={() => setFile(each.file)}
            />
          ))}
        </ToggleGroup>
        <Button
          size="sm"
          variant="secondary"
          isDisabled={!query.data}
          onClick={() => saveBlob(new Blob([query.data ?? ""]), `${name}-${file}`)}
        >
          Download
        </Button>
        {file === "console.log" && may("operate") && (
          <Button size="sm" variant="secondary" isDisabled={!query.data} onClick={() => void clear()}>
            Clear
          </Button>
        )}
      </div>
      <Loaded query={query} what={file}>
        {(text) =>
          text === "" ? (
            <Nothing title="Nothing was printed">What {name} prints on its console comes here.</Nothing>
          ) : (
            <LogText label={file} text={text} />
          )
        }
      </Loaded>
    </>
  );
}

function LogText({ label, text }: { readonly label: string; readonly text: string }) {
  const place = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  const plain = useMemo(() => text.replaceAll("\r\n", "\n").replaceAll(control, ""), [text]);
  useLayoutEffect(() => {
    if (plain && atEnd.current) place.current?.scrollTo(0, place.current.scrollHeight);
  }, [plain]);
  return (
    <pre
      ref={place}
      className="lodge-log"
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={label}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        atEnd.current = scrollTop + clientHeight >= scrollHeight - 8;
      }}
    >
      {plain}
    </pre>
  );
}
