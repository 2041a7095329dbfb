import type { FileEntry, InstanceFull } from "@lodge/api";
import { Button, SearchInput } from "@patternfly/react-core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { AskText } from "../../parts/ask-text.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { Loaded, Nothing } from "../../parts/page.tsx";
import { Problem } from "../../parts/problem.tsx";
import { saveBlob } from "../../parts/save-blob.ts";
import { useActions } from "../../server/actions.tsx";
import { useServer } from "../../server/server.tsx";
import { DirectoryTable } from "./directory-table.tsx";
import { DropPlace } from "./drop-place.tsx";
import { FileEditor, type OpenText, textOf } from "./file-editor.tsx";
import { crumbsOf, inDirectory, nameProblem } from "./paths.ts";
import { uploadFile } from "./upload-file.ts";
import { openPath, removeAll, useDirectory, useFiles, useLookAgain } from "./use-files.ts";

/** What is asked before it is done. */
type Asked =
  | { readonly what: "directory" | "file" }
  | { readonly what: "rename" | "delete"; readonly entry: FileEntry }
  | { readonly what: "replace"; readonly uploads: readonly File[] };

/** The files inside it: of a container also while it is stopped. */
export default function Files({ instance }: { readonly instance: InstanceFull }) {
  if (instance.type === "virtual-machine" && instance.status !== "Running") {
    return (
      <Nothing title="It does not run">
        The files of a virtual machine are reached through the system in it: start {instance.name} to see them.
      </Nothing>
    );
  }
  return <Browser instance={instance} />;
}

function Browser({ instance }: { readonly instance: InstanceFull }) {
  const { name } = instance;
  const { path = "/" } = useSearch({ strict: false });
  const navigate = useNavigate();
  const server = useServer();
  const files = useFiles(name);
  const query = useDirectory(instance, path);
  const lookAgain = useLookAgain(name);
  const { run } = useActions();
  const chooser = useRef<HTMLInputElement>(null);
  const [wanted, setWanted] = useState("");
  const [asked, setAsked] = useState<Asked>();
  const [problem, setProblem] = useState<unknown>();
  const [opened, setOpened] = useState<OpenText>();
  const entries = query.data ?? [];
  const taken = new Set(entries.map((entry) => entry.name));
  const at = (entry: FileEntry) => inDirectory(path, entry.name);

  const go = (to: string) => {
    setWanted("");
    setProblem(undefined);
    void navigate({ to: "/instances/$name/{-$tab}", params: { name, tab: "files" }, search: { path: to } });
  };
  const change = async (title: string, work: (tell: (progress: string) => void) => Promise<void>) => {
    await run(title, work);
    lookAgain();
  };
  const attempt = async (work: () => Promise<void>) => {
    setProblem(undefined);
    await work().catch(setProblem);
  };
  const upload = (uploads: readonly File[]) => {
    for (const file of uploads) {
      void change(`Upload ${file.name}`, (tell) => uploadFile(server, name, inDirectory(path, file.name), file, tell));
    }
  };
  const offer = (uploads: readonly File[]) =>
    uploads.some((file) => taken.has(file.name)) ? setAsked({ what: "replace", uploads }) : upload(uploads);
  /** A directory is gone into, a text edited, everything else downloaded. */
  const open = (entry: FileEntry) => {
    if (entry.type === "directory") return go(at(entry));
    void attempt(async () => {
      const found = await openPath(files, at(entry));
      if (found.type === "directory") return go(found.path);
      const text = await textOf(found.content);
      if (text === undefined) return saveBlob(found.content, entry.name);
      setOpened({ path: found.path, text, modified: found.path === at(entry) ? entry.modified_at : undefined });
    });
  };
  const download = (entry: FileEntry) =>
    void attempt(async () => {
      const found = await openPath(files, at(entry));
      if (found.type === "file") saveBlob(found.content, entry.name);
      else go(found.path);
    });

  return (
    <DropPlace words={`Drop to upload into ${path}`} onDrop={offer}>
      <div className="lodge-toolbar lodge-files-toolbar">
        <nav aria-label="Directory" className="lodge-crumbs">
          {crumbsOf(path).map(([to, word], index, all) => (
            <span key={to}>
              {index > 1 && "/"}
              <Button
                variant="link"
                isInline
                {...(index === all.length - 1 && { "aria-current": "page" })}
                onClick={() => go(to)}
              >
                {word}
              </Button>
            </span>
          ))}
        </nav>
        <SearchInput
          aria-label="Search in this directory"
          placeholder="Search here"
          value={wanted}
          onChange={(_event, value) => setWanted(value)}
          onClear={() => setWanted("")}
        />
        <Button onClick={() => chooser.current?.click()}>Upload</Button>
        <Button variant="secondary" onClick={() => setAsked({ what: "file" })}>
          New file
        </Button>
        <Button variant="secondary" onClick={() => setAsked({ what: "directory" })}>
          New directory
        </Button>
        <input
          ref={chooser}
          type="file"
          multiple
          hidden
          aria-label="Files to upload"
          onChange={({ target }) => {
            offer([...(target.files ?? [])]);
            target.value = "";
          }}
        />
      </div>
      {problem !== undefined && <Problem title="It cannot be opened" error={problem} />}
      <Loaded query={query} what={path}>
        {(all) =>
          all.length === 0 ? (
            <Nothing title="This directory is empty">Drop files here, or upload them.</Nothing>
          ) : (
            <DirectoryTable
              key={path}
              path={path}
              entries={all.filter((entry) => entry.name.toLowerCase().includes(wanted.toLowerCase()))}
              {...{ open, download }}
              rename={(entry) => setAsked({ what: "rename", entry })}
              remove={(entry) => setAsked({ what: "delete", entry })}
            />
          )
        }
      </Loaded>
      {asked?.what === "directory" && (
        <AskText
          title="New directory"
          label="Name"
          verb="Make"
          problem={(text) => nameProblem(text, taken)}
          onClose={() => setAsked(undefined)}
          onAnswer={(text) => void change(`Make ${text}`, () => files.makeDirectory(inDirectory(path, text)))}
        />
      )}
      {asked?.what === "file" && (
        <AskText
          title="New file"
          label="Name"
          verb="Write it"
          problem={(text) => nameProblem(text, taken)}
          onClose={() => setAsked(undefined)}
          onAnswer={(text) => setOpened({ path: inDirectory(path, text), text: "", modified: undefined })}
        />
      )}
      {asked?.what === "rename" && (
        <AskText
          title={`Rename ${asked.entry.name}`}
          label="New name"
          verb="Rename"
          initial={asked.entry.name}
          problem={(text) => (text === asked.entry.name ? undefined : nameProblem(text, taken))}
          onClose={() => setAsked(undefined)}
          onAnswer={(text) =>
            void change(`Rename ${asked.entry.name}`, () => files.rename(at(asked.entry), inDirectory(path, text)))
          }
        />
      )}
      {asked?.what === "delete" && (
        <Confirm
          title={`Delete ${asked.entry.name}?`}
          verb="Delete"
          onClose={() => setAsked(undefined)}
          onConfirm={() =>
            void change(`Delete ${asked.entry.name}`, () =>
              removeAll(files, at(asked.entry), asked.entry.type === "directory"),
            )
          }
        >
          {asked.entry.type === "directory" ? "All that is in it is gone then." : "It is gone then."}
        </Confirm>
      )}
      {asked?.what === "replace" && (
        <Confirm
          title="Replace what is there?"
          verb="Replace"
          onClose={() => setAsked(undefined)}
          onConfirm={() => upload(asked.uploads)}
        >
          {`${path} has ${asked.uploads
            .filter((file) => taken.has(file.name))
            .map((file) => file.name)
            .join(", ")} already; what was in there is gone then.`}
        </Confirm>
      )}
      {opened && (
        <FileEditor files={files} opened={opened} mayWrite onSaved={lookAgain} onClose={() => setOpened(undefined)} />
      )}
    </DropPlace>
  );
}
