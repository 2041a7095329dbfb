import { type ReactNode, useState } from "react";
import { droppedOf, type Incoming } from "./dropped.ts";

interface DropPlaceProps {
  readonly words: string;
  readonly onDrop: (files: Promise<readonly Incoming[]>) => void;
  readonly children: ReactNode;
}

/** A place into which files can be dropped: it says so while they are above it. */
export function DropPlace({ words, onDrop, children }: DropPlaceProps) {
  const [over, setOver] = useState(false);
  return (
    <div
      className="lodge-drop"
      data-over={over}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        if (!(relatedTarget instanceof Node) || !currentTarget.contains(relatedTarget)) setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onDrop(droppedOf(event.dataTransfer));
      }}
    >
      {children}
      {over && <div className="lodge-drop-words">{words}</div>}
    </div>
  );
}
