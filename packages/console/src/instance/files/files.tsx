import type { FileEntry, InstanceFull } from "@lodge/api";
import { Button, SearchInput } from "@patternfly/react-core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { Loaded, Nothing } from "../../parts/page.tsx";
import { Problem } from "../../parts/problem.tsx";
import { saveBlob } from "../../parts/save-blob.ts";
import { useActions } from "../../server/actions.tsx";
import { useServer } from "../../server/server.tsx";
import { DirectoryTable } from "./directory-table.tsx";
import { DropPlace } from "./drop-place.tsx";
import { directoriesOf, type Incoming } from "./dropped.ts";
import { FileEditor, modifiedNow, type OpenText, textOf } from "./file-editor.tsx";
import { crumbsOf, inDirectory } from "./paths.ts";
import { type Asked, Question, topOf } from "./question.tsx";
import { uploadFile } from "./upload-file.ts";
import { openPath, removeAll, useDirectory, useFiles, useLookAgain } from "./use-files.ts";

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
  const upload = (uploads: readonly Incoming[]) =>
    void attempt(async () => {
      for (const directory of directoriesOf(uploads)) await files.makeDirectory(inDirectory(path, directory));
      for (const { path: to, file } of uploads) {
        void change(`Upload ${to}`, (tell) => uploadFile(server, name, inDirectory(path, to), file, tell));
      }
    });
  const offer = (uploads: readonly Incoming[]) =>
    uploads.some((each) => taken.has(topOf(each))) ? setAsked({ what: "replace", uploads }) : upload(uploads);
  /** A directory is gone into, a text edited, everything else downloaded. */
  const open = (entry: FileEntry) => {
    if (entry.type === "directory") return go(at(entry));
    void attempt(async () => {
      const found = await openPath(files, at(entry));
      if (found.type === "directory") return go(found.path);
      const text = await textOf(found.content);
      if (text === undefined) return saveBlob(found.content, entry.name);
      const modified = found.path === at(entry) ? entry.modified_at : await modifiedNow(files, found.path);
      setOpened({ path: found.path, text, modified });
    });
  };
  const download = (entry: FileEntry) =>
    void attempt(async () => {
      const found = await openPath(files, at(entry));
      if (found.type === "file") saveBlob(found.content, entry.name);
      else go(found.path);
    });

  return (
    <DropPlace
      words={`Drop to upload into ${path}`}
      onDrop={(dropped) => void attempt(async () => offer(await dropped))}
    >
      <div className="lodge-toolbar lodge-files-toolbar">
        <Crumbs path={path} onGo={go} />
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
            offer([...(target.files ?? [])].map((file) => ({ path: file.name, file })));
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
      {asked && (
        <Question
          {...{ asked, path, taken }}
          onClose={() => setAsked(undefined)}
          onMake={(made) => void change(`Make ${made}`, () => files.makeDirectory(inDirectory(path, made)))}
          onWrite={(written) => setOpened({ path: inDirectory(path, written), text: "", modified: undefined })}
          onRename={(entry, to) =>
            void change(`Rename ${entry.name}`, () => files.rename(at(entry), inDirectory(path, to)))
          }
          onRemove={(entry) =>
            void change(`Delete ${entry.name}`, () => removeAll(files, at(entry), entry.type === "directory"))
          }
          onReplace={upload}
        />
      )}
      {opened && <FileEditor files={files} opened={opened} onSaved={lookAgain} onClose={() => setOpened(undefined)} />}
    </DropPlace>
  );
}

function Crumbs({ path, onGo }: { readonly path: string; readonly onGo: (path: string) => void }) {
  return (
    <nav aria-label="Directory" className="lodge-crumbs">
      {crumbsOf(path).map(([to, word], index, all) => (
        <span key={to}>
          {index > 1 && "/"}
          <Button
            variant="link"
            isInline
            {...(index === all.length - 1 && { "aria-current": "page" })}
            onClick={() => onGo(to)}
          >
            {word}
          </Button>
        </span>
      ))}
    </nav>
  );
}
