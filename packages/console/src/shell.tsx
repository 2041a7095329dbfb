import {
  Banner,
  Button,
  FormSelect,
  FormSelectOption,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Spinner,
} from "@patternfly/react-core";
import { BarsIcon } from "@patternfly/react-icons/dist/esm/icons/bars-icon";
import { MoonIcon } from "@patternfly/react-icons/dist/esm/icons/moon-icon";
import { SignOutAltIcon } from "@patternfly/react-icons/dist/esm/icons/sign-out-alt-icon";
import { SunIcon } from "@patternfly/react-icons/dist/esm/icons/sun-icon";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useRouter } from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";
import { ActionToasts } from "./parts/action-toasts.tsx";
import { Problem } from "./parts/problem.tsx";
import { chooseTheme, isDark } from "./parts/theme.ts";
import { useLive } from "./server/live.ts";
import { useChooseProject } from "./server/project.ts";
import { useProjects, useRunning } from "./server/queries.ts";
import { pageKey, useServer } from "./server/server.tsx";
import { useMay, useUser } from "./server/user.ts";
import { wantedPage } from "./server/wanted-page.ts";

const places = [
  ["/", "Overview"],
  ["/instances", "Instances"],
  ["/images", "Images"],
  ["/templates", "Templates"],
  ["/networks", "Networks"],
  ["/storage", "Storage"],
  ["/profiles", "Profiles"],
  ["/projects", "Projects"],
  ["/operations", "Operations"],
  ["/settings/{-$tab}", "Settings"],
] as const;

/** Whoever is signed in sees the pages; whoever is not, the way in. */
export function Shell() {
  const { client } = useServer();
  const user = useQuery({ queryKey: ["user"], queryFn: () => client.console.user(), retry: 3 });
  if (user.isPending) return <Spinner className="lodge-waiting" aria-label="Loading" />;
  if (user.isError) return <Problem title="The server does not answer" error={user.error} />;
  return user.data.role ? <SignedIn /> : <SignedOut />;
}

function SignedOut() {
  const router = useRouter();
  useEffect(() => {
    wantedPage.keep();
    void router.navigate({ to: "/sign-in", replace: true });
  }, [router]);
  return <Spinner className="lodge-waiting" aria-label="Loading" />;
}

function SignedIn() {
  const liveness = useLive();
  const { project } = useServer();
  const choose = useChooseProject();
  const { projects } = useUser();
  const [first] = projects ?? [];
  const all = useProjects().data?.map(({ name }) => name) ?? [project];
  // One that was deleted meanwhile, too, shows nothing but faults.
  const isGone = !all.includes(project) && !projects?.includes(project);
  const elsewhere =
    first !== undefined && !projects?.includes(project) ? first : isGone ? (all.find(isUsual) ?? all[0]) : undefined;
  useEffect(() => {
    if (elsewhere !== undefined) choose(elsewhere);
  });
  const main = "main";
  const skip = <SkipToContent href={`#${main}`}>Skip to content</SkipToContent>;
  return (
    <>
      <Page
        masthead={<TopBar />}
        sidebar={<Places />}
        skipToContent={skip}
        mainContainerId={main}
        isManagedSidebar
        isContentFilled
      >
        {liveness === "lost" && (
          <div role="status">
            <Banner color="yellow" screenReaderText="Warning:">
              The daemon restarts or is away. What you see is from before; the page goes on by itself.
            </Banner>
          </div>
        )}
        <Suspense fallback={<Spinner className="lodge-waiting" aria-label="Loading" />}>
          <Outlet />
        </Suspense>
      </Page>
      <ActionToasts />
    </>
  );
}

const isUsual = (project: string): boolean => project === "default";

function Places() {
  const { pathname } = useLocation();
  const running = useRunning().length;
  const may = useMay();
  const shown = places.filter(([path]) => !path.startsWith("/settings") || may("administer"));
  // An instance is created among the others.
  const of = pathname.replace(/^\/create/, "/instances");
  const here = (path: string) => (path === "/" ? of === "/" : of.startsWith(path.replace(/\/\{.*/, "")));
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Pages">
          <NavList>
            {shown.map(([path, title]) => (
              <NavItem key={path} isActive={here(path)}>
                <Link to={path} aria-current={here(path) ? "page" : undefined}>
                  {title}
                  {path === "/operations" && running > 0 ? ` (${running})` : ""}
                </Link>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

function TopBar() {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" aria-label="Show or hide the list of pages" icon={<BarsIcon />} />
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" />}>
            <img src="/ui/lodge.svg" alt="" width="28" height="28" />
            <span className="lodge-name">Lodge</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="lodge-top">
          <ProjectSelect />
          <ThemeButton />
          <SignedInUser />
        </div>
      </MastheadContent>
    </Masthead>
  );
}

function ProjectSelect() {
  const { project } = useServer();
  const choose = useChooseProject();
  const cache = useQueryClient();
  const names = (useProjects().data ?? []).map(({ name }) => name);
  if (names.length < 2) return undefined;
  return (
    <FormSelect
      className="lodge-project"
      aria-label="Project"
      value={project}
      onChange={(_event, value) => {
        choose(value);
        void cache.invalidateQueries();
      }}
    >
      {names.map((name) => (
        <FormSelectOption key={name} value={name} label={name} />
      ))}
    </FormSelect>
  );
}

function ThemeButton() {
  const [dark, setDark] = useState(isDark());
  const toggle = () => {
    chooseTheme(dark ? "light" : "dark");
    setDark(!dark);
  };
  return (
    <Button
      variant="plain"
      aria-label={dark ? "Use light colours" : "Use dark colours"}
      icon={dark ? <SunIcon /> : <MoonIcon />}
      onClick={toggle}
    />
  );
}

function SignedInUser() {
  const user = useUser();
  const { client } = useServer();
  const cache = useQueryClient();
  const signOut = async () => {
    await client.console.signOut();
    pageKey.forget();
    cache.clear();
    location.assign("/ui/sign-in");
  };
  return (
    <>
      <span className="lodge-role">{user.role}</span>
      {user.by === "session" && (
        <Button variant="plain" aria-label="Sign out" icon={<SignOutAltIcon />} onClick={() => void signOut()} />
      )}
    </>
  );
}
