import { Link } from "@tanstack/react-router";
import { Nothing, PlainPage } from "../parts/page.tsx";

export function NotFound() {
  return (
    <PlainPage title="No such page">
      <Nothing title="There is nothing here">
        The address may be wrong, or what it was about is gone. <Link to="/">Go to the overview</Link>.
      </Nothing>
    </PlainPage>
  );
}
